"""Checks FHIR STU3 bundles with a library that knows nothing of Herald (gp-digital-medicine.md TG-02).

    python check.py FOLDER

Every NAME.json in the folder is read by the strict models of fhir.resources; in every NAME.xml, whose content must be that
of NAME.json if there is one, each element must be known to its type and stand in the order of the schema. Prints what is
wrong and exits with 1; prints how many files it has looked at otherwise.
"""

import json
import pathlib
import sys
import xml.etree.ElementTree as ElementTree

from fhir.resources.STU3 import fhirtypes, get_fhir_model_class

FHIR = "{http://hl7.org/fhir}"
XHTML = "{http://www.w3.org/1999/xhtml}"


def model(name):
    return get_fhir_model_class(name)


def fields(type_name):
    """Name of each element, in the order of the schema, with its type's name; None for a primitive."""
    by_alias = {field.alias: field for field in model(type_name).__fields__.values()}
    known = {}
    for name in model(type_name).elements_sequence():
        kind = getattr(fhirtypes, by_alias[name].type_.__name__, None)
        known.setdefault(name, getattr(kind, "__resource_type__", None))
    return known


def check(element, type_name, path, problems):
    known = fields(type_name)
    order = list(known)
    last = -1
    for child in element:
        name = child.tag.removeprefix(FHIR)
        here = f"{path}.{name}"
        if child.tag == XHTML + "div":
            name = "div"
        elif not child.tag.startswith(FHIR):
            problems.append(f"{here}: not of FHIR's namespace")
            continue
        if name not in known:
            problems.append(f"{here}: {type_name} has no such element")
            continue
        if order.index(name) < last:
            problems.append(f"{here}: comes too late")
        last = max(last, order.index(name))
        kind = known[name]
        if name == "div":
            continue
        if kind == "Resource":
            for resource in child:
                check(resource, resource.tag.removeprefix(FHIR), f"{here}.{resource.tag.removeprefix(FHIR)}", problems)
        elif kind:
            check(child, kind, here, problems)
        elif "value" not in child.attrib and not len(child):
            problems.append(f"{here}: no value")


def texts(value):
    """All texts of a JSON value, as XML has them in attributes; narratives and the types' names left out."""
    if isinstance(value, dict):
        return [text for name, part in value.items() if name not in ("div", "resourceType") for text in texts(part)]
    if isinstance(value, list):
        return [text for part in value for text in texts(part)]
    return [json.dumps(value) if isinstance(value, bool) else str(value)]


def main(folder):
    problems, count = [], 0
    contents = {}
    for path in sorted(folder.glob("*.json")):
        count += 1
        contents[path.stem] = json.loads(path.read_text(), parse_float=str, parse_int=str)
        try:
            model(contents[path.stem]["resourceType"]).parse_raw(path.read_bytes())
        except ValueError as error:
            problems.append(f"{path.name}: {error}")
    for path in sorted(folder.glob("*.xml")):
        count += 1
        root = ElementTree.fromstring(path.read_bytes())
        found = []
        check(root, root.tag.removeprefix(FHIR), path.name, found)
        problems += found
        values = [
            element.attrib[name] for element in root.iter() for name in ("id", "url", "value")
            if element.tag.startswith(FHIR) and name in element.attrib
        ]
        if path.stem in contents and sorted(values) != sorted(texts(contents[path.stem])):
            problems.append(f"{path.name}: says something else than its JSON")
    for problem in problems:
        print(problem)
    if not problems:
        print(f"{count} files are good")
    return 1 if problems or not count else 0


sys.exit(main(pathlib.Path(sys.argv[1])))
