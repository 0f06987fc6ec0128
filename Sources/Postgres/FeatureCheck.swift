// A misspelt upcoming feature is accepted in silence; without this one, bodies handed to `withConnection` would have
// to be `Sendable` and would leave their caller's isolation.
#if !hasFeature(NonisolatedNonsendingByDefault)
#error("Build with the upcoming feature NonisolatedNonsendingByDefault.")
#endif
