import Testing

/// Whole hubs in processes of their own, and what happens to them: one world at a time, for each keeps the machine busy.
@Suite(.serialized)
enum FaultTests {}
