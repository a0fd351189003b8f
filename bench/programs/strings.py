places = {str(i): i for i in range(80_000)}
text = ','.join(sorted(places))
assert len(text.split(',')) == 80_000 and text.count('9') == 32_000
