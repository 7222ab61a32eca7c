# kasasagi outbox

outbox-columns = メール | 役割 | 状態 | コード | 時刻
outbox-waiting = まとめ便待ち
outbox-cancelled = 取り消し
outbox-due = 送信待ち（{ $attempt }回目）
outbox-sent = 送信済
outbox-gave-up = 断念
