/// A line that names columns, or may.
struct InteractionHeader {
    let file: String
    let separator: InteractionFormat.Separator
    let names: ColumnNames

    init(_ file: String, separator: InteractionFormat.Separator, names: ColumnNames) {
        (self.file, self.separator, self.names) = (file, separator, names)
    }

    /// The format of the file, where the columns are found.
    ///
    /// - Parameter isSure: Whether a column that is not found is an error; else the result is `nil` then.
    func format(
        _ mapping: InteractionFormat.ColumnMapping,
        isSure: Bool
    ) throws(DataError) -> InteractionFormat? {
        let isDiginetica = names.has(["sessionid", "userid", "itemid", "timeframe", "eventdate"])
        // Its users are mostly not known, and its dates are days.
        let users = isDiginetica ? ["sessionid"] : ColumnNames.Usual.user
        let times = isDiginetica ? ["timeframe"] : ColumnNames.Usual.time
        let wanted = [("user", mapping.user), ("item", mapping.item)]
        for (role, name) in wanted { guard try has(name, role, isSure) else { return nil } }
        guard let user = mapping.user.map(names.place(of:)) ?? names.place(ofUsual: users),
            let item = mapping.item.map(names.place(of:)) ?? names.place(ofUsual: ColumnNames.Usual.item)
        else {
            guard isSure else { return nil }
            throw DataError(
                "\(file): cannot tell the columns of user and item from the \(what) (\(names.list)); name them with --user-column and "
                    + "--item-column, or give their numbers where line 1 is no header"
            )
        }
        for (role, name) in [("time", mapping.time), ("rating", mapping.rating), ("event", mapping.event)] {
            if role == "time", name == InteractionFormat.ColumnMapping.noTime { continue }
            if role == "event", mapping.mayLackEvent { continue }
            _ = try has(name, role, true)
        }
        let time = mapping.time.map(names.place(of:)) ?? names.place(ofUsual: times)
        return InteractionFormat(
            name: isDiginetica ? "Diginetica's views" : name,
            separator: separator,
            columns: names.bare.count,
            places: .init(
                user: user,
                item: item,
                time: time,
                rating: mapping.rating.map(names.place(of:)) ?? names.place(ofUsual: ColumnNames.Usual.rating),
                event: mapping.event.map(names.place(of:)) ?? names.place(ofUsual: ColumnNames.Usual.event)
            ),
            names: names.bare,
            hasHeader: true
        )
    }

    private var what: String { if case .keys = separator { "first object" } else { "header" } }

    private var name: String {
        if case .keys = separator { return "JSON Lines" }
        return "columns by \(separator.text), with a header"
    }

    /// Whether a name that was given is a column's.
    private func has(_ name: String?, _ role: String, _ isSure: Bool) throws(DataError) -> Bool {
        guard let name, names.place(of: name) == nil else { return true }
        guard isSure else { return false }
        throw DataError(
            "\(file): there is no column '\(name)' for the \(role); the \(what) has \(names.list)\(names.hint(name))"
        )
    }
}
