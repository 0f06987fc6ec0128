/// How this executable was built; a debug build measures itself more than the database.
enum Build {
    #if DEBUG
    static let kind = "debug"
    #else
    static let kind = "release"
    #endif
}
