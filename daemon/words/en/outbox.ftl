# kasasagi outbox

outbox-columns = ITEM | ROLE | STATE | CODE | TIME
outbox-waiting = waits for the digest
outbox-cancelled = cancelled
outbox-due = due, attempt { $attempt }
outbox-sent = sent
outbox-gave-up = given up
