/**
 * The JavaScript half of emscripten_host.cpp: emcc --js-library library_wasmsig.js.
 *
 * Module.wasmsig, given to the program's factory by whoever starts it, is the host (js/guest/program_host.js says what it has). Without it the
 * program stands alone. Everything that blocks runs handlers meanwhile, which may leave through these frames by a jump.
 */
addToLibrary({
  $wasmsigState: { host: undefined, word: undefined, readsForOther: 0 },

#if PTHREADS
  // No handler runs in the middle of a call that the main thread performs for another one: that one holds locks of Emscripten's meanwhile.
  $wasmsigHolding__deps: ['$proxyToMainThread', 'wsig_hold', 'wsig_release'],
  $wasmsigHolding__postset: 'proxyToMainThread = wasmsigHolding(proxyToMainThread);',
  $wasmsigHolding: (call) => (...words) => {
    var held = _wsig_hold();
    try {
      return call(...words);
    } finally {
      _wsig_release(held);
    }
  },
#endif

#if PROXY_TO_PTHREAD
  // Not wasmsig_deliver: as a dependency that no code calls, its export would be removed, which `wasmsig instrument` looks for.
  wsig_js_attach__deps: ['$wasmsigState', '$wasmsigStreams', 'wsig_pass_wish'],
#elif PTHREADS
  wsig_js_attach__deps: ['$wasmsigState', '$wasmsigStreams', 'wasmsig_deliver', 'wsig_pass_wish'],
#else
  wsig_js_attach__deps: ['$wasmsigState', '$wasmsigStreams', 'wasmsig_deliver'],
#endif
  wsig_js_attach: (version, block) => {
    var host = Module['wasmsig'];
    if (!host) return 2;
    wasmsigState.host = host;
#if PROXY_TO_PTHREAD
    // This thread is none of the program's: its main() has one of its own, and handlers run there.
    var deliver = () => 0;
#else
    var deliver = () => _wasmsig_deliver();
#endif
    var mode = host['attach'](version >>> 0, block >>> 0, wasmMemory, { 'wasmsig_deliver': deliver, 'wasmsig_fault': wasmExports['wasmsig_fault'] });
    wasmsigStreams(host);
#if PTHREADS
    Module['wasmsigPassWish'] = () => _wsig_pass_wish();
#endif
    return mode;
  },

  wsig_js_sync__deps: ['$wasmsigState'],
  wsig_js_sync: () => wasmsigState.host['sync'](),

  // Alone there is nothing to be woken by but the time. A browser's main thread may not block; for a time it burns it, as Emscripten's own sleeps do.
  wsig_js_wait__deps: ['$wasmsigState', 'emscripten_get_now'],
  wsig_js_wait: (ring, timeout) => {
    var host = wasmsigState.host;
    if (host) return host['wait'](ring | 0, timeout);
    try {
      wasmsigState.word ??= new Int32Array(new SharedArrayBuffer(4));
      Atomics.wait(wasmsigState.word, 0, 0, timeout < 0 ? Infinity : timeout / 1e6);
    } catch (error) {
      if (timeout < 0) return 2;
      for (var end = _emscripten_get_now() + timeout / 1e6; _emscripten_get_now() < end; );
    }
    return 1;
  },

  wsig_js_arm__deps: ['$wasmsigState'],
  wsig_js_arm: (delay) => wasmsigState.host['arm'](delay),

#if PTHREADS
  // Neither allocates nor locks.
  wsig_js_arm_by_main: () => postMessage({ cmd: 'callHandler', handler: 'wasmsigPassWish', args: [] }),

  // What a thread function throws that no end of a thread is would reach the host as an event without its class: it is told here. Alone it is Emscripten's business.
  wsig_js_run__deps: ['$wasmsigHolding', '$wasmsigLastCall', '_emscripten_thread_crashed'],
  wsig_js_run: (entry, argument, hosted) => {
    try {
      return {{{ makeDynCall('pp', 'entry') }}}(argument);
    } catch (error) {
      if (!hosted || error == 'unwind' || error instanceof ExitStatus) throw error;
      wasmsigLastCall(error);
      var { name, message, stack } = error instanceof Error ? error : { name: 'Error', message: String(error) };
      postMessage({ cmd: 'callHandler', handler: 'wasmsigCrashed', args: [{ name, message, stack }] });
      __emscripten_thread_crashed();
      throw 'unwind';
    }
  },

  // The handler of a trap's signal has a last call, in the thread that trapped. The host tells which signal that is.
  $wasmsigLastCall__deps: ['wsig_js_fault', 'wasmsig_fault', 'emscripten_stack_get_base', '$stackSave', '$stackRestore', '$stringToUTF8OnStack'],
  $wasmsigLastCall: (error) => {
    if (!(error instanceof Error)) return;
    var top = stackSave();
    stackRestore(_emscripten_stack_get_base()); // its own stack may be exhausted
    var fault = _wsig_js_fault(stringToUTF8OnStack(error.name), stringToUTF8OnStack(error.message));
    stackRestore(top);
    try {
      if (fault) _wasmsig_fault(fault >> 8, fault & 255);
    } catch (leaving) {
      // Another trap, or a jump to a frame that is gone, ends the program as the first trap does.
      if (leaving == 'unwind' || leaving instanceof ExitStatus) throw leaving;
    }
  },

  wsig_js_fault__deps: ['$wasmsigState', '$UTF8ToString'],
  wsig_js_fault__proxy: 'sync',
  wsig_js_fault: (name, message) => wasmsigState.host['faultOf'](UTF8ToString(name), UTF8ToString(message)),
#endif

  wsig_js_exit__deps: ['$wasmsigState', '$exitJS'],
  wsig_js_exit__proxy: 'sync',
  wsig_js_exit: (signo, core) => {
    if (wasmsigState.host) wasmsigState.host['exit'](signo, core);
    else exitJS(128 + signo, true);
  },

  wsig_js_stop__deps: ['$wasmsigState'],
  wsig_js_stop__proxy: 'sync',
  wsig_js_stop: (signo) => wasmsigState.host['stop'](signo),

  wsig_js_send__deps: ['$wasmsigState'],
  wsig_js_send__proxy: 'sync',
  wsig_js_send: (pid, signo, code, value) => wasmsigState.host['send'](pid, signo, code, value),

  // A stream of the file system, so that close(), dup() and fcntl() know it. There is nothing in it to read, write or seek.
  wsig_js_pidfd_open__deps: ['$wasmsigState', '$FS'],
  wsig_js_pidfd_open__proxy: 'sync',
  wsig_js_pidfd_open: (pid, nonblocking) => {
    var ended = () => (wasmsigState.host ? wasmsigState.host['hasEnded'](pid) : false);
    if (ended()) return -3; // WSIG_LINUX_ESRCH of platform/host.h
    try {
      return FS.createStream({
        wasmsigPid: pid,
        // What fstat() then says, and what FS.read() and FS.write() look at before they refuse.
        path: '/dev/null',
        node: FS.lookupPath('/dev/null').node,
        flags: {{{ cDefs.O_RDWR }}} | (nonblocking ? {{{ cDefs.O_NONBLOCK }}} : 0),
        seekable: false,
        stream_ops: { wasmsigRings: true, poll: () => (ended() ? {{{ cDefs.POLLIN }}} : 0) },
      }).fd;
    } catch (error) {
      return -24; // WSIG_LINUX_EMFILE
    }
  },

  wsig_js_pidfd_pid__deps: ['$FS'],
  wsig_js_pidfd_pid__proxy: 'sync',
  wsig_js_pidfd_pid: (fd) => FS.getStream(fd)?.wasmsigPid ?? -9, // WSIG_LINUX_EBADF

  // The non-waiting part of wsig_host_poll(), which will wait behind it if `waits`. -1: none is ready, and others can make one so without ringing. emcc links the file system for names that begin like this.
#if SYSCALLS_REQUIRE_FILESYSTEM
  __syscall_wsig_poll__deps: ['$FS'],
#else
  __syscall_wsig_poll__deps: ['$wasmsigState', '$wasmsigInputIsThere'],
#endif
  __syscall_wsig_poll__proxy: 'sync',
  __syscall_wsig_poll: (fds, count, waits) => {
    var always = {{{ cDefs.POLLERR | cDefs.POLLHUP | cDefs.POLLNVAL }}};
    var ready = 0;
    var silent = 0;
    for (; count-- > 0; fds += {{{ C_STRUCTS.pollfd.__size__ }}}) {
      var fd = {{{ makeGetValue('fds', C_STRUCTS.pollfd.fd, 'i32') }}};
      var events = {{{ makeGetValue('fds', C_STRUCTS.pollfd.events, 'i16') }}};
      var state = {{{ cDefs.POLLIN | cDefs.POLLRDNORM | cDefs.POLLOUT | cDefs.POLLWRNORM }}};
#if SYSCALLS_REQUIRE_FILESYSTEM
      var stream = FS.getStream(fd);
      var ops = stream?.stream_ops;
      if (!stream) state = {{{ cDefs.POLLNVAL }}};
      else if (ops.poll) {
        state = ops.poll(stream, waits ? -1 : 0);
#if PTHREADS
        if (!ops.wasmsigRings) silent = -1;
#endif
      }
#else
      if (fd > 2) state = {{{ cDefs.POLLNVAL }}};
      else if (fd == 0 && wasmsigState.host?.['ownsStreams'] && !(waits ? wasmsigState.host['inputReady']() : wasmsigInputIsThere(wasmsigState.host))) state = 0;
#endif
      var revents = fd < 0 ? 0 : state & (events | always);
      if (revents) ready++;
      {{{ makeSetValue('fds', C_STRUCTS.pollfd.revents, 'revents', 'i16') }}};
    }
    return ready || silent;
  },

  // 0 real time, 1 monotonic, 3 processor time of this thread, 4 the system's part of that (new versions of Node only).
  wsig_js_clock__deps: ['emscripten_get_now'],
  wsig_js_clock: (clock) => {
    if (clock == 1) return _emscripten_get_now() * 1e6;
    if (clock == 0) return Date.now() * 1e6;
    if (typeof process != 'object' || !process.threadCpuUsage) return -1;
    var used = process.threadCpuUsage();
    return (clock == 3 ? used.user + used.system : used.system) * 1e3;
  },

  // Whether this is the thread that only serves the others (-sPROXY_TO_PTHREAD).
#if PROXY_TO_PTHREAD
  wsig_js_is_runtime_only: () => (ENVIRONMENT_IS_PTHREAD ? 0 : 1),
#else
  wsig_js_is_runtime_only: () => 0,
#endif

  // The standard streams of a program that has the file system, through the host: reads that signals interrupt, and writes that are not held back until a line ends.
  // emcc leaves it out of a program that only prints.
  $wasmsigStreams__deps: ['$wasmsigInput', '$wasmsigOutput'],
  $wasmsigStreams: (host) => {
#if FILESYSTEM && SYSCALLS_REQUIRE_FILESYSTEM
    if (typeof FS == 'undefined' || !host['ownsStreams']) return;
    // The host tells neither flags nor size: what Emscripten's own terminal answers would be made up. A size of 0 is one that is not known.
    var unknown = () => {
      throw new FS.ErrnoError({{{ cDefs.ENOTTY }}});
    };
    var ops = { ioctl_tcgets: unknown, ioctl_tcsets: unknown, ioctl_tiocgwinsz: () => [0, 0] };
    var terminal = (yes) => (yes ? { input: [], output: [], ops } : undefined);
    [0, 1, 2].forEach((fd) => {
      var stream = FS.getStream(fd);
      if (!stream) return;
      stream.tty = terminal(fd == 0 ? host['inputIsTerminal'] : host['outputIsTerminal'](fd));
      stream.seekable = false;
      stream.stream_ops = fd == 0 ? wasmsigInput(host) : wasmsigOutput(host, fd);
    });
#endif
  },

  // Where the host can tell at once it does; with stack switching it could only promise to.
  $wasmsigInputIsThere: (host) => (host['yields'] ? host['inputReady']() : host['inputIsThere']()),

  $wasmsigInput__deps: ['$wasmsigInputIsThere', '$wasmsigState'],
  $wasmsigInput: (host) => ({
    wasmsigShort: true,
    wasmsigRings: true,
    // Who will wait only asks for input, and is rung when there is some.
    poll: (stream, timeout) => ((timeout == 0 ? wasmsigInputIsThere(host) : host['inputReady']()) ? {{{ cDefs.POLLIN | cDefs.POLLRDNORM }}} : 0),
    read: (stream, buffer, offset, length) => {
      if (length == 0) return 0;
      if (stream.flags & {{{ cDefs.O_NONBLOCK }}} && !wasmsigInputIsThere(host)) throw new FS.ErrnoError({{{ cDefs.EAGAIN }}});
#if PTHREADS
      if (wasmsigState.readsForOther && !host['inputReady']()) throw new FS.ErrnoError(-1);
#endif
      var bytes = host['readInput'](length);
      if (typeof bytes == 'string') throw new FS.ErrnoError(bytes === 'EINTR' ? {{{ cDefs.EINTR }}} : {{{ cDefs.EDEADLK }}});
      if (!bytes) return 0;
      // A handler may have let the memory grow, which empties the old view of it.
      (buffer.length ? buffer : HEAP8).set(bytes, offset);
      return bytes.length;
    },
  }),

  $wasmsigOutput__deps: ['$wasmsigFailure'],
  $wasmsigOutput: (host, fd) => ({
    wasmsigRings: true,
    poll: () => {{{ cDefs.POLLOUT | cDefs.POLLWRNORM }}},
    write: (stream, buffer, offset, length) => {
      if (length == 0) return 0;
      var written = host['writeOutput'](fd, new Uint8Array(buffer.buffer, buffer.byteOffset + offset, length), (stream.flags & {{{ cDefs.O_NONBLOCK }}}) != 0);
      if (written >= 0) return written;
      throw new FS.ErrnoError(wasmsigFailure(written));
    },
  }),

  // The C library's number for what a write of the host's answered: there a negative one of Linux's.
  $wasmsigFailure: (result) =>
    ({ 4: {{{ cDefs.EINTR }}}, 9: {{{ cDefs.EBADF }}}, 11: {{{ cDefs.EAGAIN }}}, 27: {{{ cDefs.EFBIG }}}, 28: {{{ cDefs.ENOSPC }}}, 32: {{{ cDefs.EPIPE }}} })[-result] ?? {{{ cDefs.EIO }}},

#if !SYSCALLS_REQUIRE_FILESYSTEM && !WASMFS
  // Without a file system Emscripten's own gathers text until a line ends, makes lines of zero bytes, and never fails. That is left to programs that stand alone.
  $printChar__internal: false,
#if !MINIMAL_RUNTIME || EXIT_RUNTIME
  fd_write__deps: ['$wasmsigState', '$wasmsigFailure', '$printChar', '$flush_NO_FILESYSTEM'],
#else
  fd_write__deps: ['$wasmsigState', '$wasmsigFailure', '$printChar'],
#endif
  fd_write: (fd, iov, iovcnt, pnum) => {
    if (fd != 1 && fd != 2) return {{{ cDefs.EBADF }}};
    var host = wasmsigState.host;
    var print = (bytes) => {
      bytes.forEach((byte) => printChar(fd, byte));
      return bytes.length;
    };
    var write = host?.['ownsStreams'] ? (bytes) => host['writeOutput'](fd, bytes) : print;
    var done = 0;
    for (var i = 0; i < iovcnt; i++, iov += {{{ C_STRUCTS.iovec.__size__ }}}) {
      var ptr = {{{ makeGetValue('iov', C_STRUCTS.iovec.iov_base, '*') }}};
      var len = {{{ makeGetValue('iov', C_STRUCTS.iovec.iov_len, '*') }}};
      if (len == 0) continue;
      var written = write(HEAPU8.subarray(ptr, ptr + len));
      if (written < 0) {
        if (done > 0) break;
        return wasmsigFailure(written);
      }
      done += written;
      if (written < len) break;
    }
    {{{ makeSetValue('pnum', 0, 'done', SIZE_TYPE) }}};
    return 0;
  },
#endif

#if FILESYSTEM
  // Emscripten's own, except that a stream of ours gives what it has instead of waiting to fill the next vector: the C library
  // reads into two, the second of them its buffer, and would wait for input that nobody asked for.
  $doReadv: (stream, iov, iovcnt, offset) => {
    var ret = 0;
    for (var i = 0; i < iovcnt; i++) {
      var ptr = {{{ makeGetValue('iov', C_STRUCTS.iovec.iov_base, '*') }}};
      var len = {{{ makeGetValue('iov', C_STRUCTS.iovec.iov_len, '*') }}};
      iov += {{{ C_STRUCTS.iovec.__size__ }}};
      var curr = FS.read(stream, HEAP8, ptr, len, offset);
      if (curr < 0) return -1;
      ret += curr;
      if (curr < len || (ret && stream.stream_ops.wasmsigShort)) break;
      if (typeof offset != 'undefined') offset += curr;
    }
    return ret;
  },
  $doReadv__docs: '/** @param {number=} offset */',

  // Emscripten's own, except that a failure behind what was written already is left to the next call, as a kernel does: or the C library writes it twice.
  $doWritev: (stream, iov, iovcnt, offset) => {
    var ret = 0;
    for (var i = 0; i < iovcnt; i++) {
      var ptr = {{{ makeGetValue('iov', C_STRUCTS.iovec.iov_base, '*') }}};
      var len = {{{ makeGetValue('iov', C_STRUCTS.iovec.iov_len, '*') }}};
      iov += {{{ C_STRUCTS.iovec.__size__ }}};
      try {
        var curr = FS.write(stream, HEAP8, ptr, len, offset);
      } catch (error) {
        if (ret > 0) break;
        throw error;
      }
      ret += curr;
      if (curr < len) break;
      if (typeof offset != 'undefined') offset += curr;
    }
    return ret;
  },
  $doWritev__docs: '/** @param {number=} offset */',
#endif

#if SYSCALLS_REQUIRE_FILESYSTEM
  // Emscripten's own cannot clear a flag, and tells those that mean something to open() only.
  $syscallGetVarargI__internal: false,
  $syscallGetVarargP__internal: false,
  $wasmsigFcntl: LibraryManager.library.__syscall_fcntl64,
  $wasmsigFcntl__deps: LibraryManager.library.__syscall_fcntl64__deps,
  __syscall_fcntl64__deps: ['$FS', '$wasmsigFcntl'],
  __syscall_fcntl64: (fd, cmd, varargs) => {
    var stream = FS.getStream(fd);
    if (!stream) return -{{{ cDefs.EBADF }}};
    if (cmd == {{{ cDefs.F_GETFL }}}) return stream.flags & ~{{{ cDefs.O_CREAT | cDefs.O_EXCL | cDefs.O_NOCTTY | cDefs.O_TRUNC }}};
    if (cmd != {{{ cDefs.F_SETFL }}}) return wasmsigFcntl(fd, cmd, varargs);
    var settable = {{{ cDefs.O_APPEND | cDefs.O_NONBLOCK }}};
    stream.flags = (stream.flags & ~settable) | ({{{ makeGetValue('varargs', 0, 'i32') }}} & settable);
    return 0;
  },
#endif
});

#if PTHREADS
// The main thread writes, also for others, and a broken pipe is a signal: the thread that wrote takes it before its call returns.
addToLibrary({
  wsig_js_write: LibraryManager.library.fd_write,
  wsig_js_write__deps: LibraryManager.library.fd_write__deps,
  wsig_js_write__proxy: 'sync',

  fd_write__deps: ['wsig_js_write', 'wasmsig_deliver'],
  fd_write__proxy: '',
  fd_write: (fd, iov, iovcnt, pnum) => {
    var errno = _wsig_js_write(fd, iov, iovcnt, pnum);
    if (errno == {{{ cDefs.EPIPE }}}) _wasmsig_deliver();
    return errno;
  },

#if SYSCALLS_REQUIRE_FILESYSTEM
  // Standard input: the main thread does not wait for another one, which does that itself, where signals reach it. (-1: it would have to wait.)
  $wasmsigRead: LibraryManager.library.fd_read,
  $wasmsigRead__deps: LibraryManager.library.fd_read__deps,
  wsig_js_read__deps: ['$wasmsigRead', '$wasmsigState'],
  wsig_js_read__proxy: 'sync',
  wsig_js_read: (fd, iov, iovcnt, pnum, forOther) => {
    var before = wasmsigState.readsForOther;
    wasmsigState.readsForOther = forOther;
    try {
      return wasmsigRead(fd, iov, iovcnt, pnum);
    } finally {
      wasmsigState.readsForOther = before;
    }
  },

  fd_read__deps: ['wsig_js_read', 'wsig_begin_read', 'wsig_wait_for_input'],
  fd_read__proxy: '',
  fd_read: (fd, iov, iovcnt, pnum) => {
    _wsig_begin_read();
    for (;;) {
      var errno = _wsig_js_read(fd, iov, iovcnt, pnum, ENVIRONMENT_IS_PTHREAD ? 1 : 0);
      if (errno != -1) return errno;
      errno = _wsig_wait_for_input(fd);
      if (errno) return errno;
    }
  },
#endif
});
#endif
