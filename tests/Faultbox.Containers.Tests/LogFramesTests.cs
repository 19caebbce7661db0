namespace Faultbox.Containers.Tests;

public sealed class LogFramesTests
{
    [Fact]
    public async Task Streams_are_separated_and_a_cut_frame_ends_them()
    {
        byte[] frames = [1, 0, 0, 0, 0, 0, 0, 2, .. "ab"u8, 2, 0, 0, 0, 0, 0, 0, 1, .. "x"u8, 1, 0, 0, 0, 0, 0, 0, 9, .. "c"u8];
        using var output = new MemoryStream();
        using var error = new MemoryStream();

        await LogFrames.CopyAsync(new MemoryStream(frames), output, error, TestContext.Current.CancellationToken);

        Assert.Equal("abc"u8.ToArray(), output.ToArray());
        Assert.Equal("x"u8.ToArray(), error.ToArray());
    }
}
