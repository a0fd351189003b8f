class Counter:
    def __init__(self):
        self.count = 0

    def add(self, n):
        self.count += n
        return self

counter = Counter()
for i in range(200_000):
    counter.add(i)
assert counter.count == 19_999_900_000
