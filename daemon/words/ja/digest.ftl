# kasasagi digest
