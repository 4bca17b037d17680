# More for BB_EXTRA_CFG of the fixture: builders whose names are hard to type, and one
# that two workers build at once.
c['workers'].append(worker.LocalWorker('w3'))
for name, workers in [('-x "quoted" one', WORKERS), ('«two»', WORKERS), ('twin', ['w1', 'w3'])]:
    c['builders'].append(util.BuilderConfig(name=name, workernames=workers, factory=factory(('wait', 'sleep ' + SLOW))))
    ALL.append(name)
