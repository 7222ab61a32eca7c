# kasasagi read
