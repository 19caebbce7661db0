using Faultbox.Core.Holds;
using Faultbox.Spec.Registry;
using Starlark;

namespace Faultbox.Spec.Concurrency;

/// <summary>How the branches of one <c>parallel()</c> are ordered.</summary>
/// <param name="Orders">Orders in which they run one after the other; 1 to run them at the same time.</param>
/// <param name="IsGated">True to explore the order of gated calls while they run at the same time.</param>
internal readonly record struct Interleaving(int Orders, bool IsGated)
{
    private const int MostBranches = 8;

    private static readonly Interleaving Free = new(1, IsGated: false);

    /// <summary>Reads <c>interleavings=</c>.</summary>
    /// <exception cref="SpecException">It is no policy.</exception>
    public static Interleaving Of(in BuiltinCall call, int branches)
    {
        if (!call.Has("interleavings"))
        {
            return Free;
        }

        var given = call["interleavings"];
        if (given.TypeName is not ("int" or "string"))
        {
            throw call.Error($"interleavings must be int or string, got {given.TypeName}");
        }

        if (given.TryGetString(out var policy))
        {
            return OfPolicy(call, policy, branches);
        }

        return given.TryGetInt64(out var count) && count >= 1 ? First(call, (ulong)count, branches) : throw NoPolicy(call, given);
    }

    private static Interleaving OfPolicy(in BuiltinCall call, string policy, int branches) => policy switch
    {
        "1" => Free,
        "all" when branches > MostBranches => throw new SpecException(
            $"{call.Label}: interleavings=\"all\" of {branches} branches; the largest is {MostBranches}, write a number instead", "PLAN_LIMIT_EXCEEDED"),
        "all" => First(call, Permutation.Factorial(branches), branches),
        "critical" => First(call, (2 * (ulong)branches) - 1, branches),
        "events" => new Interleaving(1, IsGated: true),
        "dpor" => throw call.Error(
            "interleavings=\"dpor\" is not supported by this version of Faultbox; \"events\" explores the same orders without leaving any out"),
        "sut-internal" => throw call.Error("interleavings=\"sut-internal\" needs determinism level L5, which is reserved"),
        _ => throw NoPolicy(call, call["interleavings"]),
    };

    /// <summary>The first orders in lexicographic order.</summary>
    private static Interleaving First(in BuiltinCall call, ulong count, int branches)
    {
        if (count > 1 && branches > Permutation.Longest)
        {
            throw call.Error($"orders of {branches} branches cannot be numbered; the largest is {Permutation.Longest}");
        }

        return new Interleaving((int)Math.Min(count, Math.Min(int.MaxValue, Permutation.Factorial(Math.Min(branches, Permutation.Longest)))), IsGated: false);
    }

    private static SpecException NoPolicy(in BuiltinCall call, Value given) => call.Error(
        $"interleavings must be 1, an integer N, \"all\", \"critical\" or \"events\", got {given.Repr()}");
}
