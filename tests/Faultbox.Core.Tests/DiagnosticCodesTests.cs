using Faultbox.Core.Diagnostics;

namespace Faultbox.Core.Tests;

public class DiagnosticCodesTests
{
    [Fact]
    public void Every_code_tells_the_reader_what_to_do()
    {
        Assert.NotEmpty(DiagnosticCodes.All);
        Assert.All(DiagnosticCodes.All, code => Assert.Matches(@"^[A-Z].{20,}\.$", DiagnosticCodes.SuggestionFor(code)));
    }
}
