"""Runs tests of one module of CPython's suite, and tells on descriptor 3, a JSON line each, how every test begins and ends.

    run_tests.py MODULE '{"only": [prefixes of test names], "done": [names to leave out]}' 3>lines

Only unittest is used, without options: both interpreters are to run exactly the same.
"""
import json
import os
import sys
import traceback
import unittest

PID = os.getpid()


def tell(**line):
    # Children of tests that fork come here too.
    if os.getpid() == PID:
        os.write(3, (json.dumps(line) + '\n').encode())


def name_of(test):
    return test.id().removeprefix('test.')


def flat(suite):
    for test in suite:
        if isinstance(test, unittest.BaseTestSuite):
            yield from flat(test)
        else:
            yield test


class Result(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.fixtures = []  # what setUpClass() and setUpModule() said: (name of class or module, outcome, text)
        self.started = set()
        self.outcome, self.text = 'pass', ''

    def startTest(self, test):
        super().startTest(test)
        self.started.add(name_of(test))
        self.outcome, self.text = 'pass', ''
        tell(start=name_of(test))

    def stopTest(self, test):
        super().stopTest(test)
        tell(end=name_of(test), outcome=self.outcome, text=self.text)

    def note(self, test, outcome, text):
        if not isinstance(test, unittest.TestCase):
            self.fixtures.append((test.id().rpartition('(')[2].rstrip(')').removeprefix('test.'), outcome, text))
        elif self.outcome != 'fail':
            self.outcome, self.text = outcome, text

    def failed(self, test, error):
        self.note(test, 'fail', ''.join(traceback.format_exception(*error))[-4000:])

    def addError(self, test, error):
        self.failed(test, error)

    def addFailure(self, test, error):
        self.failed(test, error)

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self.failed(test, error)

    def addSkip(self, test, reason):
        self.note(test if isinstance(test, unittest.TestCase) or not hasattr(test, 'test_case') else test.test_case, 'skip', reason)

    def addExpectedFailure(self, test, error):
        pass

    def addUnexpectedSuccess(self, test):
        self.note(test, 'fail', 'unexpected success')


def main(module, options):
    os.set_inheritable(3, False)
    sys.argv[1:] = []
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    only, done = options.get('only', []), set(options.get('done', []))
    result = Result()
    try:
        found = list(flat(unittest.defaultTestLoader.loadTestsFromName(module)))
    except unittest.SkipTest as skip:
        tell(end=module.removeprefix('test.'), outcome='skip', text=str(skip))
        return
    tests = [test for test in found
             if name_of(test) not in done and (not only or any((name_of(test) + '.').startswith(prefix + '.') for prefix in only))]
    names = [name_of(test) for test in tests]
    tell(tests=names)
    unittest.TestSuite(tests).run(result)
    # A class or module that could not be set up has not started its tests.
    for name in names:
        if name not in result.started:
            for where, outcome, text in result.fixtures:
                if name.startswith(where + '.'):
                    tell(end=name, outcome=outcome, text=text)
                    break


if __name__ == '__main__':
    main(sys.argv[1], json.loads(sys.argv[2]) if len(sys.argv) > 2 else {})
