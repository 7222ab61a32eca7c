# What a reason code means.
