"""What CPython's suite does not ask of the `signal` module and its hook-up to the interpreter. Both interpreters must pass."""
import _thread
import ctypes
import functools
import operator
import os
import pty
import select
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import unittest
from signal import SIGALRM, SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2
from test.support import captured_stderr, catch_unraisable_exception

import _testcapi


class Base(unittest.TestCase):
    def setUp(self):
        self.calls = []
        for signum in (SIGHUP, SIGALRM, SIGTERM, SIGUSR1, SIGUSR2):
            self.addCleanup(signal.signal, signum, signal.signal(signum, self.note))

    def note(self, signum, frame):
        self.calls.append(signum)

    def together(self, *signals):
        """They trip before the first handler runs."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
        for signum in signals:
            signal.raise_signal(signum)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Handlers(Base):
    def test_lowest_number_first(self):
        self.together(SIGTERM, SIGUSR1, SIGHUP)
        self.assertEqual(self.calls, [SIGHUP, SIGUSR1, SIGTERM])

    def test_one_call_for_several_arrivals(self):
        self.together(SIGUSR1, SIGUSR1, SIGUSR1)
        self.assertEqual(self.calls, [SIGUSR1])

    def test_an_exception_leaves_the_others_tripped(self):
        def fail(signum, frame):
            self.note(signum, frame)
            1 / 0
        signal.signal(SIGUSR1, fail)
        with self.assertRaises(ZeroDivisionError):
            self.together(SIGHUP, SIGUSR1, SIGTERM)
        signal.pthread_sigmask(signal.SIG_BLOCK, [])
        self.assertEqual(self.calls, [SIGHUP, SIGUSR1, SIGTERM])

    def test_frame_is_where_the_program_was(self):
        frames = []
        for name, send in (('kill', lambda: os.kill(os.getpid(), SIGUSR1)), ('raise', lambda: signal.raise_signal(SIGUSR1)),
                           ('thread', lambda: signal.pthread_kill(threading.get_ident(), SIGUSR1))):
            signal.signal(SIGUSR1, lambda signum, frame: frames.append(frame.f_code.co_name))
            send()
        self.assertEqual(frames, ['<lambda>'] * 3)

    def test_handler_replaces_itself(self):
        class Once:
            def __call__(once, signum, frame):
                signal.signal(signum, self.note)
                self.calls.append(type(once).__name__)
        signal.signal(SIGUSR1, Once())
        signal.raise_signal(SIGUSR1)
        signal.raise_signal(SIGUSR1)
        self.assertEqual(self.calls, ['Once', SIGUSR1])

    def test_handlers_are_not_leaked(self):
        def handler(signum, frame):
            pass
        before = sys.getrefcount(handler)
        for _ in range(10):
            signal.signal(SIGUSR1, handler)
            signal.raise_signal(SIGUSR1)
            self.assertIs(signal.getsignal(SIGUSR1), handler)
            with self.assertRaises(OSError):
                signal.signal(signal.SIGKILL, handler)
            self.assertIs(signal.signal(SIGUSR1, signal.SIG_DFL), handler)
        self.assertEqual(sys.getrefcount(handler), before)

    def test_pending_handlers_run_before_the_change(self):
        former = []

        def first(signum, frame):
            former.append(1)
        signal.signal(SIGUSR1, first)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [SIGUSR1])
        signal.raise_signal(SIGUSR1)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        signal.signal(SIGUSR1, self.note)
        self.assertEqual((former, self.calls), ([1], []))

    def test_default_int_handler_is_itself(self):
        self.addCleanup(signal.signal, SIGINT, signal.signal(SIGINT, signal.default_int_handler))
        self.assertIs(signal.getsignal(SIGINT), signal.default_int_handler)
        with self.assertRaises(KeyboardInterrupt):
            signal.raise_signal(SIGINT)

    def test_another_thread_receives_the_main_thread_handles(self):
        seen = []
        signal.signal(SIGUSR1, lambda signum, frame: seen.append(threading.current_thread()))
        thread = threading.Thread(target=lambda: signal.pthread_kill(threading.get_ident(), SIGUSR1))
        thread.start()
        thread.join()
        self.assertEqual(seen, [threading.main_thread()])

    def test_not_set_off_the_main_thread(self):
        problems = []

        def work():
            for call in (lambda: signal.signal(SIGUSR1, signal.SIG_IGN), lambda: signal.set_wakeup_fd(-1)):
                try:
                    call()
                except ValueError as problem:
                    problems.append(str(problem))
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        self.assertEqual(problems, ['signal only works in main thread of the main interpreter',
                                    'set_wakeup_fd only works in main thread of the main interpreter'])

    def test_not_in_another_interpreter(self):
        self.assertEqual(_testcapi.run_in_subinterp(textwrap.dedent('''
            import signal
            try:
                signal.signal(signal.SIGUSR1, signal.SIG_IGN)
            except ValueError as problem:
                assert 'main interpreter' in str(problem)
            else:
                raise AssertionError('no error')
            signal.raise_signal(signal.SIGUSR1)
            assert signal.strsignal(signal.SIGINT) == 'Interrupt'
        ''')), 0)
        for _ in range(1000):
            pass
        self.assertEqual(self.calls, [SIGUSR1])


class Interrupts(Base):
    def test_interrupt_main_is_an_arrival(self):
        _thread.interrupt_main(SIGUSR1)
        for _ in range(1000):
            pass
        self.assertEqual(self.calls, [SIGUSR1])

    def test_interrupt_main_ignores_what_has_no_handler(self):
        for action in (signal.SIG_DFL, signal.SIG_IGN):
            signal.signal(SIGUSR1, action)
            _thread.interrupt_main(SIGUSR1)
            for _ in range(1000):
                pass

    def interrupted(self, call, least):
        """Handlers run during a call that waits, which goes on afterwards."""
        started = time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        call()
        self.assertEqual(self.calls, [SIGALRM])
        self.assertGreaterEqual(time.monotonic() - started, least)

    def test_sleep_goes_on(self):
        self.interrupted(lambda: time.sleep(0.3), 0.3)

    def test_select_goes_on(self):
        self.interrupted(lambda: select.select([], [], [], 0.3), 0.3)

    def test_sigtimedwait_goes_on(self):
        self.interrupted(lambda: self.assertIsNone(signal.sigtimedwait([SIGUSR1], 0.3)), 0.3)

    def test_lock_goes_on(self):
        lock = threading.Lock()
        lock.acquire()
        self.interrupted(lambda: lock.acquire(timeout=0.3), 0.3)

    def test_read_is_ended_by_an_exception(self):
        read, write = os.pipe()
        self.addCleanup(os.close, read)
        self.addCleanup(os.close, write)

        def fail(signum, frame):
            raise InterruptedError('handler')
        signal.signal(SIGALRM, fail)
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with self.assertRaisesRegex(InterruptedError, 'handler'):
            os.read(read, 1)

    def test_wait_is_ended_by_an_exception(self):
        def fail(signum, frame):
            raise InterruptedError('handler')
        signal.signal(SIGALRM, fail)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [SIGUSR1])
        self.addCleanup(signal.pthread_sigmask, signal.SIG_SETMASK, before)
        for wait in (signal.pause, lambda: signal.sigwaitinfo([SIGUSR1]), lambda: signal.sigtimedwait([SIGUSR1], 60)):
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            with self.assertRaisesRegex(InterruptedError, 'handler'):
                wait()

    def test_other_threads_run_while_one_waits(self):
        ran = []
        signal.signal(SIGALRM, self.note)
        thread = threading.Thread(target=lambda: (time.sleep(0.05), ran.append(1), os.kill(os.getpid(), SIGALRM)))
        thread.start()
        signal.pause()
        thread.join()
        self.assertEqual((ran, self.calls), ([1], [SIGALRM]))

    def test_long_c_loop_checks(self):
        # Not a bytecode in it: the expression is one call of C code, which asks PyErr_CheckSignals().
        import re

        def fail(signum, frame):
            raise InterruptedError('handler')
        signal.signal(SIGALRM, fail)
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with self.assertRaisesRegex(InterruptedError, 'handler'):
            re.match(r'(a+)+$', 'a' * 60 + 'b')


class CFunctions(Base):
    """The C API that extension modules and the interpreter itself use. Of C code only: between two bytecodes handlers would run."""

    def in_turn(self, *functions):
        return list(map(operator.call, functions))

    def test_an_interrupt_can_be_taken_away(self):
        self.addCleanup(signal.signal, SIGINT, signal.signal(SIGINT, self.note))
        api = ctypes.pythonapi
        trip = [functools.partial(api.PyErr_SetInterruptEx, signum) for signum in (SIGTERM, SIGINT, SIGHUP)]
        for handler in (self.note, signal.default_int_handler):
            with self.subTest(handler):
                signal.signal(SIGINT, handler)
                self.calls.clear()
                self.assertEqual(self.in_turn(api.PyOS_InterruptOccurred, *trip, api.PyOS_InterruptOccurred, api.PyOS_InterruptOccurred), [0, 0, 0, 0, 1, 0])
                signal.pthread_sigmask(signal.SIG_BLOCK, [])
                self.assertEqual(self.calls, [SIGHUP, SIGTERM])

    def test_check_signals(self):
        api = ctypes.pythonapi
        self.assertEqual(self.in_turn(functools.partial(api.PyErr_SetInterruptEx, SIGUSR1), api.PyErr_CheckSignals, self.calls.copy), [0, 0, [SIGUSR1]])

    def test_numbers_out_of_range(self):
        for signum in (-1, 0, signal.NSIG):
            self.assertEqual(ctypes.pythonapi.PyErr_SetInterruptEx(signum), -1)


class Wakeup(Base):
    def setUp(self):
        super().setUp()
        self.read, self.write = os.pipe()
        self.addCleanup(os.close, self.read)
        self.addCleanup(os.close, self.write)
        os.set_blocking(self.read, False)
        os.set_blocking(self.write, False)
        self.addCleanup(signal.set_wakeup_fd, -1)

    def test_a_byte_for_each_arrival(self):
        signal.set_wakeup_fd(self.write)
        for signum in (SIGUSR1, SIGUSR2, SIGUSR1):
            signal.raise_signal(signum)
        self.assertEqual(os.read(self.read, 10), bytes([SIGUSR1, SIGUSR2, SIGUSR1]))

    def test_simulated_arrivals_too(self):
        signal.set_wakeup_fd(self.write)
        _thread.interrupt_main(SIGUSR1)
        self.assertEqual(os.read(self.read, 10), bytes([SIGUSR1]))

    def test_a_full_buffer_is_reported(self):
        try:
            while True:
                os.write(self.write, b'x' * 4096)
        except BlockingIOError:
            pass
        for warn in (True, False):
            signal.set_wakeup_fd(self.write, warn_on_full_buffer=warn)
            with catch_unraisable_exception() as report, captured_stderr() as stderr:
                signal.raise_signal(SIGUSR1)
                for _ in range(1000):
                    pass
                self.assertEqual(report.unraisable is not None, warn)
                if warn:
                    self.assertIsInstance(report.unraisable.exc_value, BlockingIOError)
            self.assertEqual('Exception ignored when trying to write to the signal wakeup fd:' in stderr.getvalue(), warn)
        self.assertEqual(self.calls, [SIGUSR1] * 2)

    def test_failures_change_nothing(self):
        signal.set_wakeup_fd(self.write)
        for wrong in (1 << 20, -2):
            with self.assertRaises(OSError):
                signal.set_wakeup_fd(wrong)
        os.set_blocking(self.read, True)
        with self.assertRaises(ValueError):
            signal.set_wakeup_fd(self.read)
        self.assertEqual(signal.set_wakeup_fd(-1), self.write)


class Processes(unittest.TestCase):
    """Life of the interpreter, in processes of their own."""

    def ended(self, code, *options):
        return subprocess.run([sys.executable, *options, '-c', textwrap.dedent(code)], capture_output=True, text=True, timeout=60)

    def ok(self, code, *options):
        result = self.ended(code, *options)
        self.assertEqual((result.returncode, result.stderr), (0, ''))
        return result.stdout

    def test_at_the_start(self):
        self.ok('''
            import signal
            assert signal.getsignal(signal.SIGPIPE) is signal.SIG_IGN
            assert signal.getsignal(signal.SIGXFSZ) is signal.SIG_IGN
            assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
            assert signal.getsignal(32) is None
        ''', '-I', '-S')

    def test_an_ignored_sigint_stays_ignored(self):
        self.ok('''
            import os, signal, sys
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            os.execv(sys.executable, [sys.executable, '-c', 'import os, signal; os.kill(os.getpid(), 2); assert signal.getsignal(2) is signal.SIG_IGN'])
        ''')

    def test_children_have_their_pipe_signal_back(self):
        self.ok('''
            import subprocess, sys
            for restore in (True, False):
                status = subprocess.run(['cat', '/proc/self/status'], capture_output=True, text=True, restore_signals=restore).stdout
                ignored = int([line for line in status.splitlines() if line.startswith('SigIgn')][0].split()[1], 16)
                assert bool(ignored & 1 << 12) != restore, (ignored, restore)
        ''')

    def test_handlers_in_a_child(self):
        self.ok('''
            import os, signal
            calls = []
            signal.signal(signal.SIGUSR1, lambda *_: calls.append(os.getpid()))
            pid = os.fork()
            if pid == 0:
                os.kill(os.getpid(), signal.SIGUSR1)
                os._exit(calls != [os.getpid()])
            assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
            assert calls == []
        ''')

    def test_fork_in_a_thread_makes_it_the_main_thread(self):
        self.ok('''
            import os, signal, threading
            codes = []
            def work():
                pid = os.fork()
                if pid == 0:
                    calls = []
                    signal.signal(signal.SIGUSR1, lambda *_: calls.append(1))
                    signal.raise_signal(signal.SIGUSR1)
                    os._exit(0 if calls == [1] else 1)
                codes.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
            assert codes == [0], codes
        ''')

    def test_audit_comes_first_and_can_refuse(self):
        self.ok('''
            import signal, sys, threading
            seen, calls = [], []
            signal.signal(signal.SIGUSR1, lambda *_: calls.append(1))
            def hook(event, args):
                if event == 'signal.pthread_kill':
                    seen.append(args)
                    raise PermissionError('no')
            sys.addaudithook(hook)
            try:
                signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
            except PermissionError:
                pass
            assert seen == [(threading.get_ident(), signal.SIGUSR1)] and calls == []
        ''')

    def test_a_race_is_reported(self):
        # The handler of SIGHUP takes the one of SIGUSR1 away, which has tripped too.
        result = self.ended('''
            import signal
            signal.signal(signal.SIGHUP, lambda *_: signal.signal(signal.SIGUSR1, signal.SIG_DFL))
            signal.signal(signal.SIGUSR1, lambda *_: print('handled'))
            both = [signal.SIGHUP, signal.SIGUSR1]
            signal.pthread_sigmask(signal.SIG_BLOCK, both)
            for signum in both: signal.raise_signal(signum)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, both)
            print('end')
        ''')
        self.assertEqual((result.returncode, result.stdout), (0, 'end\n'))
        self.assertIn('OSError: Signal 10 ignored due to race condition', result.stderr)

    def test_at_the_end_the_default_is_back(self):
        result = self.ended('''
            import os, signal
            class Late:
                def __del__(self, kill=os.kill, getpid=os.getpid): kill(getpid(), 15)
            signal.signal(signal.SIGTERM, lambda *_: print('not reached'))
            import sys
            sys.late = Late()
        ''')
        self.assertEqual((result.returncode, result.stdout), (-SIGTERM, ''))

    def test_handlers_at_exit(self):
        self.assertEqual(self.ok('''
            import atexit, os, signal
            signal.signal(signal.SIGTERM, lambda *_: print('handled', flush=True))
            atexit.register(lambda: os.kill(os.getpid(), signal.SIGTERM))
        '''), 'handled\n')

    def test_interrupt_ends_the_program_as_the_signal_does(self):
        result = self.ended('import signal; signal.raise_signal(2)')
        self.assertEqual(result.returncode, -SIGINT)
        self.assertIn('KeyboardInterrupt', result.stderr)

    def asleep(self, pid):
        def look():
            with open(f'/proc/{pid}/stat') as file:
                return file.read().rpartition(')')[2].split()[0] == 'S'
        return look() and not time.sleep(0.05) and look()

    def terminal(self, keys, code=''):
        """An interactive interpreter on a terminal: (what to wait for, what to type) in turn."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.environ['TERM'] = 'dumb'
            os.execv(sys.executable, [sys.executable, '-I', '-q', '-i', '-c', code])
        self.addCleanup(os.close, terminal)
        output, mark = b'', 0
        end = time.monotonic() + 60
        for wanted, typed in keys:
            while wanted not in output[mark:]:
                self.assertTrue(select.select([terminal], [], [], end - time.monotonic())[0], output)
                try:
                    output += os.read(terminal, 4096)
                except OSError:
                    self.fail(output)
            mark = output.index(wanted, mark) + len(wanted)
            # Between its prompt and its read an interrupt would not be seen before the next key.
            while typed and b'loop' not in wanted and not self.asleep(pid):
                time.sleep(0.01)
            os.write(terminal, typed)
        status = os.waitpid(pid, 0)[1]
        return os.waitstatus_to_exitcode(status), output

    def test_interrupt_at_the_prompt(self):
        status, output = self.terminal([(b'>>> ', b'1 + \x03'), (b'KeyboardInterrupt', b''), (b'>>> ', b'6 * 7\r'), (b'42', b''), (b'>>> ', b'exit(5)\r')])
        self.assertEqual(status, 5, output)

    def test_interrupt_of_a_loop_at_the_prompt(self):
        status, output = self.terminal([(b'>>> ', b'print("lo" + "op", flush=True) or [0 for _ in iter(int, 1)]\r'), (b'loop', b'\x03'),
                                        (b'KeyboardInterrupt', b''), (b'>>> ', b'exit(5)\r')])
        self.assertEqual(status, 5, output)

    def test_a_handler_at_the_prompt(self):
        code = 'import signal, os; signal.signal(2, lambda *_: print("hand" + "led", flush=True))'
        status, output = self.terminal([(b'>>> ', b'\x03'), (b'handled', b'exit(5)\r')], code)
        self.assertEqual(status, 5, output)

    def test_races_lose_nothing(self):
        # Signals from outside while handlers are set, masks change and another thread runs; counted by the sender's pipe.
        self.ok('''
            import os, signal, threading, time
            seen = {10: 0, 12: 0}
            def count(signum, frame): seen[signum] += 1
            for signum in seen: signal.signal(signum, count)
            read, write = os.pipe()
            os.set_blocking(write, False)
            signal.set_wakeup_fd(write)
            me, rounds = os.getpid(), 3000
            stop = []
            thread = threading.Thread(target=lambda: [None for _ in iter(lambda: bool(stop), True)])
            thread.start()
            pid = os.fork()
            if pid == 0:
                for _ in range(rounds):
                    for signum in seen:
                        os.kill(me, signum)
                os._exit(0)
            while os.waitpid(pid, os.WNOHANG)[0] == 0:
                signal.signal(10, signal.signal(10, count))
                signal.pthread_sigmask(signal.SIG_UNBLOCK, signal.pthread_sigmask(signal.SIG_BLOCK, [10, 12]) or [10, 12])
            before = dict(seen)
            for signum in seen: os.kill(me, signum)
            stop.append(1)
            thread.join()
            time.sleep(0)
            assert all(seen[signum] > before[signum] >= 1 for signum in seen), (before, seen)
            written = os.read(read, 1 << 16)
            for signum in seen: assert written.count(signum) >= seen[signum], (signum, seen)
        ''')


if __name__ == '__main__':
    unittest.main()
