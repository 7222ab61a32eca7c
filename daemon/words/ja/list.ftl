# kasasagi list
