# kasasagi backup
