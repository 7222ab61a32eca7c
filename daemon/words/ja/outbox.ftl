# kasasagi outbox
