# kasasagi reconcile

reconcile-columns = 日付 | 受信 | 配信済 | 保留 | 重複 | 拒否 | 処理中 |
reconcile-ok = 合っています
reconcile-wrong = 合いません
