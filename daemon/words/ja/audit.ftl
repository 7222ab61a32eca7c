# kasasagi audit
