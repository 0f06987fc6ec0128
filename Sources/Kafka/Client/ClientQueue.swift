import CRdkafka

/// Owns a reference to one of a client's event queues (documented as thread-safe), and keeps the client.
final class ClientQueue: Sendable {
    nonisolated(unsafe) let pointer: OpaquePointer
    private let client: ClientHandle
    private let bell: Bell?

    /// Adopts a queue.
    ///
    /// - Parameters:
    ///   - pointer: A new reference, from one of librdkafka's `rd_kafka_queue_…` functions.
    ///   - client: The queue's client.
    ///   - whenFilled: Called on a thread of librdkafka, with the queue locked, when the queue stops being empty.
    init(adopting pointer: OpaquePointer, of client: ClientHandle, whenFilled: (@Sendable () -> Void)? = nil) {
        self.pointer = pointer
        self.client = client
        bell = whenFilled.map(Bell.init)
        guard let bell else { return }
        rd_kafka_queue_cb_event_enable(
            pointer,
            { _, opaque in
                guard let opaque else { return }
                Unmanaged<Bell>.fromOpaque(opaque).takeUnretainedValue().ring()
            },
            Unmanaged.passUnretained(bell).toOpaque()
        )
    }

    deinit {
        // The queue's lock orders this after a callback that is running, so the bell may go afterwards.
        if bell != nil { rd_kafka_queue_cb_event_enable(pointer, nil, nil) }
        rd_kafka_queue_destroy(pointer)
    }

    /// Takes the next event, waiting at most `timeout`; blocks its thread.
    func poll(_ timeout: Duration) -> ClientEvent? {
        guard let event = rd_kafka_queue_poll(pointer, timeout.milliseconds) else { return nil }
        return ClientEvent(adopting: event)
    }

    /// Makes the poll that is waiting, or else the next one, return early without an event.
    func wake() {
        rd_kafka_queue_yield(pointer)
    }
}

/// What a queue's callback is given.
private final class Bell: Sendable {
    let ring: @Sendable () -> Void

    init(ring: @escaping @Sendable () -> Void) {
        self.ring = ring
    }
}

extension Duration {
    /// Whole milliseconds, rounded up, within what C functions take.
    var milliseconds: Int32 {
        let (seconds, attoseconds) = components
        guard seconds < 2_000_000 else { return 2_000_000_000 }
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return Int32(seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
