using System.Text.Json;
using Faultbox.Core.Verdicts;

namespace Faultbox.Reporting.Json;

/// <summary>What a row says about itself as a scenario under faults.</summary>
internal static class ScenarioJson
{
    /// <summary>Writes <c>fault_assumptions</c>, <c>expectation</c> and <c>matrix</c>.</summary>
    public static void Write(Utf8JsonWriter json, TestResult test)
    {
        if (test.Scenario is not { } scenario)
        {
            return;
        }

        json.WriteStrings("fault_assumptions", scenario.Faults);
        json.WriteOptional("expectation", scenario.Expectation);
        if (scenario.Cell is { } cell)
        {
            json.WriteStartObject("matrix");
            json.WriteString("scenario", cell.Pair.Scenario);
            json.WriteString("fault", cell.Pair.Fault);
            json.WriteEndObject();
        }
    }

    /// <summary>Writes <c>warnings</c>: why the verdict of the scenario may mean less than it seems.</summary>
    public static void WriteWarnings(Utf8JsonWriter json, TestResult test)
    {
        if (test.Doubts.Any())
        {
            json.WriteStrings("warnings", test.Doubts.Select(d => d.Message));
        }
    }
}
