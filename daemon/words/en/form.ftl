# kasasagi form
