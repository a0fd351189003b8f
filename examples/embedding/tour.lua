-- Every function of the module once, with the same output on Linux and in wasm.
local signal = require "signal"

local function show(...) print(...) end
local function list(set) return table.concat(set, " ") end
local function fails(f, ...)
  local ok, message = pcall(f, ...)
  show(not ok and (message:gsub("Errno %d+", "Errno"))) -- WASI has errno numbers of its own
end

-- handlers
local function noting(signum) show("handler", signum) end
show(signal.signal(signal.SIGUSR1, noting))
show(signal.getsignal(signal.SIGUSR1) == noting, signal.getsignal(signal.SIGINT) == signal.default_int_handler)
signal.raise_signal(signal.SIGUSR1)
signal.signal(signal.SIGUSR2, function() error("raised by a handler", 0) end)
fails(signal.raise_signal, signal.SIGUSR2)
fails(signal.raise_signal, signal.SIGINT)
fails(signal.signal, signal.SIGUSR1, "no function")
fails(signal.signal, 0, noting)
fails(signal.signal, signal.SIGKILL, noting)
show(signal.strsignal(signal.SIGINT), #signal.valid_signals() > 60)

-- masks and waits
show(list(signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGUSR2})))
signal.raise_signal(signal.SIGUSR1)
signal.raise_signal(signal.SIGUSR2)
show(list(signal.sigpending()))
show(signal.sigwait {signal.SIGUSR2})
show(list(signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR1, signal.SIGUSR2})))
show(signal.sigtimedwait({signal.SIGUSR1}, 0.01))
fails(signal.sigtimedwait, {signal.SIGUSR1}, -1)
fails(signal.pthread_sigmask, signal.SIG_BLOCK, {65})

-- timers, in a wait and in a loop
local rang
signal.signal(signal.SIGALRM, function() rang = true end)
show(signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)) -- again and again: the first one may come before the sleep
signal.pause()
show(rang, signal.getitimer(signal.ITIMER_REAL) > 0)
signal.setitimer(signal.ITIMER_REAL, 0)
show(signal.alarm(0))
signal.signal(signal.SIGVTALRM, function() error("time is over", 0) end)
signal.setitimer(signal.ITIMER_VIRTUAL, 0.05)
fails(function() while true do end end)
fails(signal.setitimer, 7, 1)
signal.siginterrupt(signal.SIGALRM, false)
fails(signal.set_wakeup_fd, 1000)
fails(signal.pidfd_send_signal, 1000, 0, "info")
