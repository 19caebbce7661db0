"""Writes the vectors of this folder: expressions whose values Python and Starlark agree on, one `expression<TAB>repr` a line.

Run it here with python3; the output is committed and depends on nothing but the seed.
"""

import math
import random

rng = random.Random(20240229)


def integer():
    bits = rng.choice([3, 8, 31, 32, 33, 62, 63, 64, 65, 100, 200])
    edge = rng.choice([0, 1, -1, (1 << bits) - 1, 1 << bits, -(1 << bits)])
    return rng.choice([edge, rng.getrandbits(bits), -rng.getrandbits(bits)])


def number():
    kind = rng.randrange(4)
    if kind == 0:
        return rng.uniform(-1000, 1000)
    if kind == 1:
        return math.ldexp(rng.random(), rng.randrange(-1000, 1000))
    if kind == 2:
        return float(rng.randrange(-10**7, 10**7)) / rng.choice([1, 2, 10, 1000])
    return float(rng.choice(["0.0", "-0.0", "1e5", "1e6", "999999.5", "0.0001", "0.00001", "5e-324", "1.7976931348623157e308", "1e22", "1e23"]))


def float_text(x):
    """Shortest digits; exponent form below -4 and from 6 on."""
    if math.isinf(x):
        return "+inf" if x > 0 else "-inf"
    if math.isnan(x):
        return "nan"
    digits = repr(x).lstrip("-")
    mantissa, _, exponent = digits.partition("e")
    whole, _, fraction = mantissa.partition(".")
    power = int(exponent or 0) + len(whole) - 1
    significant = (whole + fraction).lstrip("0")
    power -= len(whole + fraction) - len(significant) if significant else 0
    significant = significant.rstrip("0") or "0"
    if x == 0:
        power = 0
    sign = "-" if math.copysign(1, x) < 0 else ""
    if power < -4 or power >= 6:
        rest = significant[1:]
        return "%s%s%se%s%02d" % (sign, significant[0], "." + rest if rest else "", "-" if power < 0 else "+", abs(power))
    if power < 0:
        return sign + "0." + "0" * (-power - 1) + significant
    padded = significant.ljust(power + 1, "0")
    return sign + padded[: power + 1] + "." + (padded[power + 1 :] or "0")


def text(value):
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, float):
        return float_text(value)
    if isinstance(value, str):
        return '"%s"' % value
    if isinstance(value, list):
        return "[%s]" % ", ".join(map(text, value))
    if isinstance(value, tuple):
        return "(%s%s)" % (", ".join(map(text, value)), "," if len(value) == 1 else "")
    return str(value)


def literal(value):
    return "(%s)" % (repr(value) if isinstance(value, float) else value)


def write(name, lines):
    with open(name, "w", encoding="utf-8") as out:
        out.writelines("%s\t%s\n" % line for line in lines)


def integers():
    for _ in range(1500):
        a, b = integer(), integer()
        operator = rng.choice(["+", "-", "*", "//", "%", "&", "|", "^", "<", "<=", "=="])
        if operator in ("//", "%") and b == 0:
            continue
        expression = "%s %s %s" % (literal(a), operator, literal(b))
        yield expression, text(eval(expression))
    for _ in range(300):
        expression = "%s %s %d" % (literal(integer()), rng.choice(["<<", ">>"]), rng.choice([0, 1, 31, 32, 62, 63, 64, 65, 127, 511]))
        yield expression, text(eval(expression))
    for _ in range(200):
        a, base = integer(), rng.randrange(2, 37)
        digits, rest = "", abs(a)
        while rest:
            rest, digit = divmod(rest, base)
            digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
        yield 'int("%s%s", %d)' % ("-" if a < 0 else "", digits or "0", base), text(a)
    for _ in range(200):
        a = integer()
        yield '"%%x %%o %%d" %% (%d, %d, %d)' % (a, a, a), text("%x %o %d" % (a, a, a))


def floats():
    for _ in range(1500):
        a, b = number(), rng.choice([number, integer])()
        if rng.random() < 0.5:
            a, b = b, a
        operator = rng.choice(["+", "-", "*", "/", "<", "<=", "=="])
        try:
            expression = "%s %s %s" % (literal(a), operator, literal(b))
            yield expression, text(eval(expression))
        except (ZeroDivisionError, OverflowError):
            continue
    for _ in range(600):
        a, b = rng.uniform(-1000, 1000), rng.uniform(-100, 100)
        expression = "%s %s %s" % (literal(a), rng.choice(["//", "%"]), literal(b))
        yield expression, text(float(eval(expression)))
    for _ in range(1000):
        yield "str(%s)" % literal(a := number()), text(float_text(a))
    for _ in range(300):
        a = number()
        yield '"%%e %%f" %% (%s, %s)' % (literal(a), literal(a)), text("%e %f" % (a, a))
    for _ in range(300):
        a = integer()
        try:
            yield "float(%d)" % a, text(float(a))
        except OverflowError:
            continue
    for _ in range(200):
        yield "int(%s)" % literal(a := number()), text(int(a))


def slices():
    def part():
        return rng.choice(["", *map(str, range(-9, 10)), str(1 << 40), str(-(1 << 40))])

    for _ in range(1200):
        size = rng.randrange(8)
        sequence = rng.choice(["abcdefg"[:size], list(range(size)), tuple(range(size))])
        step = part()
        index = "%s:%s%s" % (part(), part(), ":" + step if step not in ("", "0") else "")
        yield "%s[%s]" % (text(sequence), index), text(eval("sequence[%s]" % index))
    for _ in range(400):
        word, sub = "".join(rng.choices("ab", k=rng.randrange(9))), "".join(rng.choices("ab", k=rng.randrange(1, 3)))
        call = rng.choice(
            [
                "find(%r, %s, %s)" % (sub, rng.randrange(-9, 9), rng.randrange(-9, 9)),
                "rfind(%r, %s)" % (sub, rng.randrange(-9, 9)),
                "count(%r, %s, %s)" % (sub, rng.randrange(-9, 9), rng.randrange(-9, 9)),
                "split(%r, %s)" % (sub, rng.randrange(-1, 4)),
                "rsplit(%r, %s)" % (sub, rng.randrange(-1, 4)),
                "replace(%r, 'x', %s)" % (sub, rng.randrange(-1, 4)),
                "strip(%r)" % sub,
                "partition(%r)" % sub,
                "rpartition(%r)" % sub,
                "startswith(%r, %s, %s)" % (sub, rng.randrange(-3, 9), rng.randrange(-3, 9)),
            ]
        )
        yield "%s.%s" % (text(word), call), text(eval("word.%s" % call))


def sorts():
    for _ in range(150):
        size = rng.randrange(12)
        items = rng.choice(
            [
                [integer() for _ in range(size)],
                [rng.randrange(4) for _ in range(size)],
                [rng.choice([rng.randrange(9), rng.uniform(0, 9)]) for _ in range(size)],
                ["".join(rng.choices("abAB", k=rng.randrange(12))) for _ in range(size)],
                [(rng.randrange(3), "".join(rng.choices("ab", k=2))) for _ in range(size)],
            ]
        )
        yield "sorted(%s)" % text_of_source(items), text(sorted(items))
        yield "sorted(%s, reverse = True)" % text_of_source(items), text(sorted(items, reverse=True))
        pairs = [(rng.randrange(3), n) for n in range(size)]
        yield "sorted(%s, key = lambda p: p[0])" % pairs, text(sorted(pairs, key=lambda p: p[0]))


def wide_integers():
    """Integers of many limbs, written as powers; of long results what is left by a prime."""
    def integer():
        power = rng.choice([31, 32, 63, 64, 65, 127, 128, 129, 192, 500, 1599, 3000, 6000])
        return "(%s2 ** %d %s %d)" % (rng.choice(["", "-"]), power, rng.choice(["+", "-"]), rng.getrandbits(rng.choice([1, 30, 64, 200])))

    for _ in range(800):
        a, b = integer(), rng.choice([integer, lambda: "(%d)" % rng.choice([0, 1, -1, 7, -(1 << 32), 1 << 32, (1 << 64) - 1])])()
        if rng.random() < 0.3:
            a, b = b, a
        operator = rng.choice(["+", "-", "*", "//", "%", "<", "<=", "=="])
        if operator in ("//", "%") and eval(b) == 0:
            continue
        expression = "%s %s %s" % (a, operator, b)
        value = eval(expression)
        if isinstance(value, int) and abs(value) >> 256:
            expression, value = "(%s) %% 1000000007" % expression, value % 1000000007
        yield expression, text(value)
    for _ in range(20):
        yield "str(%s)" % (a := integer()), text(str(eval(a)))


def text_of_source(items):
    return repr(items)


write("integers.tsv", integers())
write("floats.tsv", floats())
write("slices.tsv", slices())
write("sorts.tsv", sorts())
write("wide_integers.tsv", wide_integers())
