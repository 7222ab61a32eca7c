# One event as a sentence (`trace`, `audit list`).
