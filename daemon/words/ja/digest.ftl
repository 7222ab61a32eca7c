# kasasagi digest

digest-columns = 受取人 | 記録 | 次の送信
digest-at-once = すぐに
digest-due =
    { $count ->
        [0] いま送るまとめ便はありません
       *[other] まとめ便 { $count } 通をいま送ります。「kasasagi outbox list --all」で見られます
    }
