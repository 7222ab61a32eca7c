# kasasagi check
