# kasasagi report
