local function counter()
  local n = 0
  return function() n = n + 1 return n end
end
local sum = 0
for i = 1, 20000 do
  local next_number = counter()
  for j = 1, 20 do sum = sum + next_number() end
end
assert(sum == 20000 * 210)
