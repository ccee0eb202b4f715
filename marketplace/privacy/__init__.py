"""What people may ask of us about their data, and what we do with it by ourselves.

chart       what is held, why, for how long, and what erasing does: from the map in common.personal
exports     a copy of everything, made by a worker
archive     that copy as one file
erasures    being forgotten: asked for, waited for, carried out
consents    which version of a text somebody agreed to, when and how
retention   what goes by itself once its time is over
"""
