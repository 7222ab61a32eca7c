# kasasagi key
