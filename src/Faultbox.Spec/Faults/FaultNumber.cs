using Faultbox.Spec.Registry;

namespace Faultbox.Spec.Faults;

/// <summary>Whole numbers among the arguments of faults.</summary>
internal static class FaultNumber
{
    /// <summary>Reads a number.</summary>
    /// <param name="call">The call.</param>
    /// <param name="parameter">Its parameter.</param>
    /// <param name="otherwise">Value when it is not given; null for a required one.</param>
    /// <param name="minimum">Least value.</param>
    /// <param name="maximum">Greatest value.</param>
    public static int Read(in BuiltinCall call, string parameter, int? otherwise, int minimum, int maximum)
    {
        if (otherwise is { } number && !call.Has(parameter))
        {
            return number;
        }

        var value = call[parameter];
        return value.TypeName == "int" && value.TryGetInt64(out var given)
            ? given >= minimum && given <= maximum ? (int)given : throw call.Error($"{parameter} must lie between {minimum} and {maximum}, got {given}")
            : throw call.WrongType(parameter, "int", value);
    }
}
