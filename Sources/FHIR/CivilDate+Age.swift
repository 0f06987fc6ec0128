extension CivilDate {
    /// The completed years of somebody born on this day, on another day; negative before birth.
    ///
    /// Who was born on 29 February has the birthday on 1 March in other years (`nems.md` §4.6).
    package func completedYears(on day: CivilDate) -> Int {
        let isBeforeBirthday = (day.month, day.day) < (month, self.day)
        return day.year - year - (isBeforeBirthday ? 1 : 0)
    }
}
