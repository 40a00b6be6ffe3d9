import MetaNetworkData

extension RankingTask {
    /// What each user of training uploads: the distinct items among its last interactions of the training part, by index less one.
    ///
    /// - Parameter window: Interactions that are uploaded at most.
    /// - Returns: For each user who has a training interaction, in the order of users.
    package func uploads(window: Int) -> [Set<Int>] {
        (0..<dataset.userCount).filter { dataset.offsets[$0] < dataset.trainingEnds[$0] }.map { user in
            Set(dataset.items[dataset.offsets[user]..<dataset.trainingEnds[user]].suffix(window).map { Int($0) - 1 })
        }
    }
}
