using System.Text;
using Starlark.Testing;

namespace Starlark.Tests.Fuzzing;

/// <summary>Damaged sources: whatever they say, they end in a result or in an error of the language.</summary>
public sealed class MutationTests
{
    private const int Mutants = 10_000;
    private const int MaxSteps = 20_000;
    private const int LargestSource = 4_000;

    private static readonly DialectOptions[] Dialects =
    [
        DialectOptions.Strict,
        DialectOptions.Extended,
        DialectOptions.Extended with { Recursion = true, GlobalReassign = true, LoadBindsGlobally = true, TopLevelWhile = true },
    ];

    [Theory]
    [InlineData(20240229)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [Trait("Category", "Slow")]
    public void Damaged_sources_end_in_errors_of_the_language(int seed)
    {
        var random = new Random(seed);
        var seeds = Seeds();
        var (ran, failed) = (0, 0);
        for (var i = 0; i < Mutants; i++)
        {
            var source = Mutate(seeds[random.Next(seeds.Count)], random);
            try
            {
                Run(source, Dialects[random.Next(Dialects.Length)]);
                ran++;
            }
            catch (SyntaxErrorException e)
            {
                Assert.InRange(e.Errors.Count, 1, 20);
                failed++;
            }
            catch (EvalException e)
            {
                Assert.False(e.Message.StartsWith("internal error", StringComparison.Ordinal), Report(i, source, e));
                failed++;
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail(Report(i, source, e));
            }
        }

        Assert.Equal(Mutants, ran + failed);
        Assert.True(ran > 0 && failed > 0);
    }

    private static void Run(byte[] source, DialectOptions dialect)
    {
        var names = new Predeclared();
        StandardModules.AddTo(names, TimeProvider.System);
        foreach (var name in new[] { "assert_eq", "assert_ne", "assert_fails", "assert_true", "assert_", "freeze" })
        {
            names.Add(name, Value.Of(new StarlarkBuiltin(new Signature(name, Parameter.Rest("args")), (_, _) => Value.None)));
        }

        var thread = new StarlarkThread("fuzz") { MaxSteps = MaxSteps, Print = _ => { } };
        CompiledModule.Compile(new SourceFile("fuzz.star", source), dialect, names).Execute(thread, (_, module, _) =>
            throw new EvalException($"cannot load {module}"));
    }

    /// <summary>Chunks of the test data without their load statements, which would end every run at its start.</summary>
    private static List<byte[]> Seeds() =>
    [
        .. Directory.EnumerateFiles(TestData.Folder, "*.star").Order(StringComparer.Ordinal)
            .SelectMany(f => ScriptChunk.Split(f, File.ReadAllBytes(f), DialectOptions.Strict))
            .Select(c => Encoding.UTF8.GetString(c.Source.Utf8.Span).TrimStart('\n'))
            .Select(t => string.Join('\n', t.Split('\n').Where(l => !l.StartsWith("load(", StringComparison.Ordinal))))
            .Select(t => t.Replace("assert.", "assert_", StringComparison.Ordinal))
            .Select(t => Encoding.UTF8.GetBytes(t.Length > LargestSource ? t[..LargestSource] : t)),
    ];

    private static byte[] Mutate(byte[] seed, Random random)
    {
        var bytes = seed.ToList();
        for (var changes = random.Next(1, 6); changes > 0 && bytes.Count > 0; changes--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 20), bytes.Count - at));
                    break;
                case 2:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(random.Next(bytes.Count / 2 + 1), Math.Min(random.Next(1, 40), bytes.Count / 2)));
                    break;
                case 4:
                    bytes.Insert(at, (byte)" \n\t()[]{}:,.=+-*/%<>#'\"\\0aπ"[random.Next(27)]);
                    break;
                default:
                    return ShuffleWords(bytes, random);
            }
        }

        return [.. bytes];
    }

    private static byte[] ShuffleWords(List<byte> bytes, Random random)
    {
        var words = Encoding.UTF8.GetString([.. bytes]).Split(' ');
        for (var swaps = random.Next(1, 10); swaps > 0; swaps--)
        {
            var (a, b) = (random.Next(words.Length), random.Next(words.Length));
            (words[a], words[b]) = (words[b], words[a]);
        }

        return Encoding.UTF8.GetBytes(string.Join(' ', words));
    }

    private static string Report(int number, byte[] source, Exception error) =>
        $"mutant {number}: {error.GetType().Name}: {error.Message}\n{error.InnerException?.StackTrace ?? error.StackTrace}\n{Encoding.UTF8.GetString(source)}";
}
