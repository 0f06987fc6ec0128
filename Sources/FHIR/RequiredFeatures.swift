// A misspelt upcoming feature is accepted in silence; this notices.
#if !hasFeature(NonisolatedNonsendingByDefault)
#error("the manifest must enable NonisolatedNonsendingByDefault")
#endif
