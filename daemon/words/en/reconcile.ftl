# kasasagi reconcile
