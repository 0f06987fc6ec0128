/// The words that sample people, practices and sites are named with.
enum SampleNames {
    static let femaleForenames = [
        "Amelia", "Olivia", "Isla", "Ivy", "Lily", "Sophia", "Grace", "Freya", "Willow", "Florence", "Ella", "Poppy",
        "Aisha", "Fatima", "Priya", "Zara", "Maryam", "Eilidh", "Niamh", "Siân", "Zoë", "Chloë", "Anne-Marie",
        "Mary Jane", "Margaret \"Peggy\"",
    ]
    static let maleForenames = [
        "Noah", "Muhammad", "George", "Oliver", "Leo", "Arthur", "Oscar", "Theodore", "Luca", "Harry", "Jack", "Henry",
        "Archie", "Isaac", "Yusuf", "Ibrahim", "Arjun", "Dylan", "Rhys", "José", "André", "D'Arcy",
    ]
    static let surnames = [
        "Rowan", "Ashdown", "Birchall", "Coppard", "Dunmore", "Elmhurst", "Fairley", "Greystoke", "Hazelwood", "Ivory",
        "Juniper", "Kestrel", "Larkin", "Marlowe", "Northcott", "O'Hazel", "O'Linden", "MacThorn", "Pemberwick",
        "Quillfeather", "Rushbrook", "Sorrel", "Thistlewood", "Underhill", "Vale", "Wetherby-Jones", "Yarrow", "Żak",
        "Müller-Esche", "Ó Briain", "Featherstonehaugh-Cholmondeley",
    ]
    static let practices: [(name: String, postcode: String)] = [
        ("Larkfield Surgery", "LS8 4ED"), ("The Old Mill Practice", "NE1 7RU"),
        ("Harbour View Medical Centre", "PL4 8AA"),
        ("St Bride's Health Centre", "BS2 9TJ"), ("Cedar Lane Surgery", "NG7 2UH"),
        ("Riverside Family Practice", "YO24 1GG"),
        ("Moorgate Medical Group", "S10 2JF"), ("Kingsbridge Surgery", "EX1 1SR"),
        ("Foundry Street Practice", "DE22 3NE"),
        ("Whitethorn Medical Centre", "LE5 4PW"), ("Orchard Park Surgery", "HU3 2JZ"),
        ("Castle Hill Practice", "OX4 1XD"),
    ]
    /// ODS codes of the places that vaccinate.
    ///
    /// None is a practice, so every record is news to the patient's own.
    static let sites = ["FZZ01", "FZZ02", "FZZ03", "RZZ11", "RZZ12", "NZZ21"]
    static let professionals: [(forename: String, surname: String)] = [
        ("Sam", "Carter"), ("Priti", "Shah"), ("Ellen", "O'Hara"), ("Tom", "Becker"), ("Ngozi", "Eze"), ("", ""),
    ]
    static let indications = ["443684005", "171279008", "723620004", "78648007", ""]

    private static let areas = [
        "LS1", "LS8", "NE1", "M1", "B15", "BS2", "CB2", "NG7", "S10", "SW9", "E14", "PL4", "EX1", "YO24", "HU3", "OX4",
    ]

    /// Makes up a postcode; now and then the one for "not known".
    static func postcode(random: inout SampleRandom) -> String {
        guard !random.chance(2) else { return "ZZ99 3CZ" }
        let letters = ["AA", "BD", "DE", "FG", "HJ", "LN", "PQ", "RS", "TU", "WX"]
        return "\(random.pick(areas)) \(random.below(10))\(random.pick(letters))"
    }
}
