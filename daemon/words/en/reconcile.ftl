# kasasagi reconcile

reconcile-columns = DAY | RECEIVED | DELIVERED | HELD | DUPLICATE | REFUSED | IN PROGRESS |
reconcile-ok = ok
reconcile-wrong = DOES NOT ADD UP
