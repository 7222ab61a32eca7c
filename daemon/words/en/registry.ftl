# kasasagi registry
