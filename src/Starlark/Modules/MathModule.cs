namespace Starlark;

/// <summary>The module <c>math</c>.</summary>
public static class MathModule
{
    /// <summary>The module value.</summary>
    public static StarlarkModuleValue Value { get; } = new("math", Members());

    private static NameTable Members()
    {
        var members = new NameTable
        {
            ["e"] = Starlark.Value.Of(Math.E),
            ["pi"] = Starlark.Value.Of(Math.PI),
        };
        Add("ceil", "x", a => Rounded(a, Math.Ceiling));
        Add("floor", "x", a => Rounded(a, Math.Floor));
        Add("fabs", "x", a => Float(Math.Abs(a.Double(0))));
        Add("round", "x", a => Float(Math.Round(a.Double(0), MidpointRounding.AwayFromZero)));
        Add("sqrt", "x", a => Float(Math.Sqrt(a.Double(0))));
        Add("exp", "x", a => Float(Math.Exp(a.Double(0))));
        Add("acos", "x", a => Float(Math.Acos(a.Double(0))));
        Add("asin", "x", a => Float(Math.Asin(a.Double(0))));
        Add("atan", "x", a => Float(Math.Atan(a.Double(0))));
        Add("cos", "x", a => Float(Math.Cos(a.Double(0))));
        Add("sin", "x", a => Float(Math.Sin(a.Double(0))));
        Add("tan", "x", a => Float(Math.Tan(a.Double(0))));
        Add("acosh", "x", a => Float(Math.Acosh(a.Double(0))));
        Add("asinh", "x", a => Float(Math.Asinh(a.Double(0))));
        Add("atanh", "x", a => Float(Math.Atanh(a.Double(0))));
        Add("cosh", "x", a => Float(Math.Cosh(a.Double(0))));
        Add("sinh", "x", a => Float(Math.Sinh(a.Double(0))));
        Add("tanh", "x", a => Float(Math.Tanh(a.Double(0))));
        Add("degrees", "x", a => Float(a.Double(0) * 180.0 / Math.PI));
        Add("radians", "x", a => Float(a.Double(0) * Math.PI / 180.0));
        Add("gamma", "x", a => Float(Gamma(a.Double(0))));
        Add("atan2", "y x", a => Float(Math.Atan2(a.Double(0), a.Double(1))));
        Add("copysign", "x y", a => Float(Math.CopySign(a.Double(0), a.Double(1))));
        Add("hypot", "x y", a => Float(double.Hypot(a.Double(0), a.Double(1))));
        Add("mod", "x y", a => Float(a.Double(0) % a.Double(1)));
        Add("pow", "x y", a => Float(Math.Pow(a.Double(0), a.Double(1))));
        Add("remainder", "x y", a => Float(Math.IEEERemainder(a.Double(0), a.Double(1))));
        Add("log", "x base?", a => Log(a));
        return members;

        void Add(string name, string parameters, Body body) =>
            members[name] = Starlark.Value.Of(new StarlarkBuiltin(
                new Signature($"math.{name}", Method.Parameters(parameters)), (t, a) => body(a)));
    }

    private delegate Value Body(BoundArguments args);

    private static Value Float(double number) => Starlark.Value.Of(number);

    private static Value Rounded(BoundArguments a, Func<double, double> round) =>
        Operators.IsInteger(a[0]) ? a[0] : Numbers.Truncate(round(a.Double(0)));

    private static Value Log(BoundArguments a)
    {
        var x = a.Double(0);
        if (!a.Has(1))
        {
            return Float(Math.Log(x));
        }

        var radix = a.Double(1);
        return radix == 1.0 ? throw new EvalException("math.log: division by zero: the base is 1") : Float(Math.Log(x) / Math.Log(radix));
    }

    /// <summary>Gamma: by its series between 1 and 2, from there upwards by the recurrence, and below one half by reflection.</summary>
    private static double Gamma(double x)
    {
        const double Overflow = 172;
        if (x == 0 || x > Overflow)
        {
            return double.CopySign(double.PositiveInfinity, x);
        }

        if (x < 0.5)
        {
            return x == Math.Floor(x) ? double.NaN : Math.PI / (double.SinPi(x) * Gamma(1 - x));
        }

        if (x < 2 && x != 1)
        {
            return GammaSeries(x);
        }

        // What rounding takes from each product is kept beside it. The factors are exact.
        var factor = x - Math.Floor(x) + 1;
        var (product, rest) = (factor == 1 ? 1.0 : GammaSeries(factor), 0.0);
        for (; factor < x; factor++)
        {
            var next = product * factor;
            if (double.IsInfinity(next))
            {
                return next;
            }

            rest = (rest * factor) + Math.FusedMultiplyAdd(product, factor, -next);
            product = next;
        }

        return product + rest;
    }

    /// <summary>Gamma of a small number by the Lanczos approximation (g = 7, n = 9).</summary>
    private static double GammaSeries(double x)
    {
        ReadOnlySpan<double> c =
        [
            0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
            -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
        ];
        x -= 1;
        var sum = c[0];
        for (var i = 1; i < c.Length; i++)
        {
            sum += c[i] / (x + i);
        }

        var t = x + 7.5;
        return Math.Sqrt(2 * Math.PI) * Math.Pow(t, x + 0.5) * Math.Exp(-t) * sum;
    }
}
