-- An alarm limits the time spent waiting for a device that may never answer (the documentation's own example).
-- Here the device is the standard input. Usage: lua alarm_open.lua [seconds]
local signal = require "signal"

signal.signal("SIGALRM", function(name, number)
  print(("Signal handler called with signal %s (%d)"):format(name, number))
  error("Couldn't open device!", 0)
end)

signal.alarm(math.tointeger(tonumber(arg[1])) or 5)
local opened, what = pcall(function()
  return io.read() -- this may hang
end)
signal.alarm(0) -- disable the alarm

print(opened and "The device says: " .. tostring(what) or what)
