local composite, count = {}, 0
for i = 2, 400000 do
  if not composite[i] then
    count = count + 1
    for j = i * i, 400000, i do composite[j] = true end
  end
end
assert(count == 33860)
