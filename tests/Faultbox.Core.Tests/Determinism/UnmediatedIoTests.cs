using Faultbox.Core.Tests.Faults;
using static Faultbox.Core.Tests.Faults.ScriptedService;

namespace Faultbox.Core.Tests.Determinism;

public sealed class UnmediatedIoTests
{
    private readonly ScriptedService _service = new(o => o with { Addresses = new TwoServices(), DetectUnmediatedIo = true });

    [Fact]
    public void Each_category_is_reported_once_and_each_destination()
    {
        for (var i = 0; i < 2; i++)
        {
            _service.OnDescriptor("clock_gettime", "");
            _service.OnDescriptor("getrandom", "");
            _service.OpenAt("/dev/urandom");
            _service.Connect("203.0.113.7", 53);
            _service.Connect("203.0.113.7", 80);
            _service.Connect("203.0.113.8", 80);
            _service.Connect("2001:db8::1", 53);
        }

        Assert.Equal(
            [
                "clock clock_gettime ", "rand getrandom ", "dns connect 203.0.113.7:53", "network-unmediated connect 203.0.113.7:80",
                "network-unmediated connect 203.0.113.8:80", "dns connect [2001:db8::1]:53",
            ],
            Reports);
    }

    [Fact]
    public void A_call_that_was_denied_is_reported_as_well()
    {
        _service.Open("connect", Deny("ECONNREFUSED"));
        _service.Open("getrandom", Deny("EIO"));
        _service.Connect("203.0.113.7", 53);
        _service.OnDescriptor("getrandom", "");

        Assert.Equal(["dns connect 203.0.113.7:53", "rand getrandom "], Reports);
    }

    [Fact]
    public void Unix_sockets_and_addresses_that_cannot_be_read_are_no_sources()
    {
        _service.ConnectUnix("/run/other.sock");
        _service.ConnectUnreadable();

        Assert.Equal(2, _service.Log.OfType("syscall").Count());
        Assert.Empty(Reports);
    }

    [Fact]
    public void Reading_a_descriptor_of_a_random_device_is_not_opening_one()
    {
        _service.OnDescriptor("read", "/dev/urandom");

        Assert.Empty(Reports);
    }

    private IEnumerable<string> Reports =>
        _service.Log.OfType("unmediated_io").Select(e => $"{e.Field("category")} {e.Field("syscall")} {e.Field("detail")}");
}
