# Builders whose names are hard to type, for BB_EXTRA_CFG of the fixture.
for name in ['-x "quoted" one', '«two»']:
    c['builders'].append(util.BuilderConfig(name=name, workernames=WORKERS, factory=factory(('wait', 'sleep ' + SLOW))))
    ALL.append(name)
