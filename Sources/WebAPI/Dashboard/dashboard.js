"use strict";

// The token lives here and nowhere else: not in storage, not in a cookie, not in the address.
let token = null;
let timer = null;
let before = null;

const at = (id) => document.getElementById(id);

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined && text !== null) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function cell(content, className) {
  const td = element("td", typeof content === "object" ? null : content, className);
  if (typeof content === "object" && content !== null) td.append(content);
  return td;
}

function fill(id, rows, columns, nothing) {
  const body = at(id);
  body.replaceChildren();
  for (const cells of rows) {
    const row = element("tr");
    row.append(...cells);
    body.append(row);
  }
  if (rows.length === 0) {
    const none = cell(nothing, "empty");
    none.colSpan = columns;
    const row = element("tr");
    row.append(none);
    body.append(row);
  }
}

const count = (number) => (number ?? 0).toLocaleString("en-GB");

function age(seconds) {
  if (seconds === undefined || seconds === null) return "";
  if (seconds < 90) return Math.round(seconds) + " s";
  if (seconds < 5400) return Math.round(seconds / 60) + " min";
  if (seconds < 129600) return Math.round(seconds / 3600) + " h";
  return Math.round(seconds / 86400) + " d";
}

const time = (text) => (text ? new Date(text).toLocaleString("en-GB") : "");

function tile(value, label, isBad) {
  const made = element("div", null, isBad ? "tile bad" : "tile");
  made.append(element("b", value), element("span", label));
  return made;
}

function showTiles(state) {
  const queued = state.feeds.find((feed) => feed.name === "queued");
  const working = state.feeds.find((feed) => feed.name === "processing");
  const parked = state.lanes.filter((group) => group.state === "parked").reduce((sum, group) => sum + group.lanes, 0);
  const retrying = state.lanes.filter((group) => group.state === "retrying").reduce((sum, group) => sum + group.lanes, 0);
  const withoutPractice = (state.waitingPatients ?? []).reduce((sum, group) => sum + group.count, 0);
  const waiting = state.lanes.filter((group) => group.state !== "off").reduce((sum, group) => sum + group.events, 0);
  const oldest = state.outbox.oldestSeconds ?? 0;
  at("tiles").replaceChildren(
    tile(count(working?.count), "feeds being applied"),
    tile(count(queued?.count), queued?.oldestSeconds ? "feeds queued, oldest " + age(queued.oldestSeconds) : "feeds queued",
      (queued?.oldestSeconds ?? 0) > 3600),
    tile(count(state.outbox.count), oldest ? "changes to route, oldest " + age(oldest) : "changes to route", oldest > 60),
    tile(count(state.unanswered.count), state.unanswered.count
      ? "patients the directory gives no answer for, since " + age(state.unanswered.oldestSeconds) + " (herald patients unanswered)"
      : "patients without an answer", state.unanswered.count > 0),
    tile(count(withoutPractice), "records whose patients have no practice"
      + (withoutPractice ? " (herald patients waiting)" : "")),
    tile(count(waiting), "events to deliver"),
    tile(count(retrying), "lanes retrying", retrying > 0),
    tile(count(parked), "lanes given up", parked > 0),
    tile(count(state.deadEvents), "dead events", state.deadEvents > 0),
  );
}

const statusClass = (feed) =>
  feed.status === "Processed" ? "good" : feed.finishedAt ? "bad" : feed.status === "Processing" ? "busy" : "";

function progress(feed) {
  if (feed.finishedAt) return feed.totalRows === undefined ? "" : count(feed.totalRows) + " rows";
  if (feed.status !== "Processing" || !feed.bytes) return "";
  const bar = element("progress");
  bar.max = feed.bytes;
  bar.value = feed.bytesApplied;
  bar.title = Math.floor((feed.bytesApplied * 100) / feed.bytes) + " %";
  return bar;
}

// Rows a second: of a feed in hand since the last look, of a finished one over all.
function rate(feed, now) {
  const rows = feed.accepted + feed.rejected;
  if (feed.startedAt && feed.finishedAt) {
    const seconds = (new Date(feed.finishedAt) - new Date(feed.startedAt)) / 1000;
    return seconds >= 1 ? count(Math.round(rows / seconds)) : "";
  }
  const last = before?.feeds.get(feed.id);
  if (feed.status !== "Processing" || last === undefined || now === before.now) return "";
  return count(Math.round((rows - last) / ((now - before.now) / 1000)));
}

function reports(feed) {
  const box = element("span");
  if (!feed.finishedAt) return box;
  for (const [label, path] of [["InfAck", "inf-ack"], ["BusAck", "bus-ack"]]) {
    const button = element("button", label);
    button.type = "button";
    button.addEventListener("click", () => save(`/feeds/${feed.id}/${path}`));
    box.append(button);
  }
  return box;
}

function showFeeds(state, now) {
  fill("feeds", state.recentFeeds.map((feed) => {
    const name = cell(feed.name, "name");
    name.title = feed.id;
    if (feed.reason) name.append(element("div", feed.reason, "reason"));
    return [
      name, cell(feed.client), cell(feed.status, statusClass(feed)), cell(progress(feed)),
      cell(count(feed.accepted), "number"), cell(count(feed.rejected), feed.rejected ? "number bad" : "number"),
      cell(rate(feed, now), "number"), cell(time(feed.receivedAt)), cell(reports(feed)),
    ];
  }), 9, "No feeds yet.");
}

const laneClass = (state) => ({ parked: "bad", retrying: "bad", off: "", sending: "busy", due: "busy" })[state];

function show(state) {
  const now = Date.now();
  showTiles(state);
  showFeeds(state, now);
  fill("groups", state.lanes.map((group) => [
    cell(group.audience), cell(group.channel), cell(group.state, laneClass(group.state)),
    cell(count(group.lanes), "number"), cell(count(group.events), "number"),
  ]), 5, "Everybody has been told of everything.");
  fill("lanes", state.slowestLanes.slice(0, 25).map((lane) => [
    cell(lane.subscription, "name"), cell(lane.audience), cell(lane.state, laneClass(lane.state)),
    cell(count(lane.waiting), "number"), cell(age(lane.oldestSeconds), "number"),
    cell(lane.failedAttempts || "", "number"), cell(lane.lastError ?? "", "bad"), cell(time(lane.nextAttemptAt)),
  ]), 8, "No lane waits.");
  fill("positions", state.positions.map((position) => [
    cell(position.topic), cell(position.partition, "number"), cell(count(position.nextOffset), "number"),
    cell(count(Math.max(0, (position.publishedOffset ?? position.nextOffset) - position.nextOffset)), "number"),
    cell(position.gap ? "stopped: the log was " + position.gap + "; run herald replay --gaps" : "read", position.gap ? "bad" : "good"),
  ]), 5, "Embedded: changes are routed straight from PostgreSQL.");
  fill("dead", state.recentDead.map((message) => [
    cell(time(message.setAsideAt)), cell(message.topic), cell(message.partition, "number"),
    cell(message.offset, "number"), cell(message.reason),
  ]), 5, "None.");
  before = { now, feeds: new Map(state.recentFeeds.map((feed) => [feed.id, feed.accepted + feed.rejected])) };
}

function say(text, isBad) {
  at("standing").textContent = text;
  at("standing").className = isBad ? "bad" : "";
}

const ask = (path) => fetch(path, { headers: { Authorization: "Bearer " + token }, cache: "no-store" });

async function problem(answer) {
  const outcome = await answer.json().catch(() => null);
  return outcome?.issue?.[0]?.diagnostics ?? "The hub answered " + answer.status + ".";
}

async function look() {
  try {
    const answer = await ask("/admin/state");
    if (answer.status === 401 || answer.status === 403) return leave(await problem(answer));
    if (!answer.ok) return say(await problem(answer), true);
    show(await answer.json());
    at("entry").hidden = true;
    at("view").hidden = false;
    at("leave").hidden = false;
    say("As of " + new Date().toLocaleTimeString("en-GB"), false);
  } catch (error) {
    say("The hub does not answer; this is what was last seen.", true);
  }
}

async function save(path) {
  try {
    const answer = await ask(path);
    if (!answer.ok) return say(await problem(answer), true);
    const name = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1] ?? "report.csv";
    const link = element("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  } catch (error) {
    say("The hub does not answer.", true);
  }
}

function leave(reason) {
  clearInterval(timer);
  token = null;
  before = null;
  at("view").hidden = true;
  at("leave").hidden = true;
  at("entry").hidden = false;
  say(reason ?? "Not connected", Boolean(reason));
}

at("leave").addEventListener("click", () => leave());
at("entry").addEventListener("submit", (event) => {
  event.preventDefault();
  token = at("token").value.trim();
  at("token").value = "";
  clearInterval(timer);
  timer = setInterval(look, 5000);
  look();
});
