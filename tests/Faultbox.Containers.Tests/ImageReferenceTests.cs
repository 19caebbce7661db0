namespace Faultbox.Containers.Tests;

public sealed class ImageReferenceTests
{
    [Theory]
    [InlineData("app:local", true)]
    [InlineData("registry:5000/team/app:local", true)]
    [InlineData("app", false)]
    [InlineData("app:local-2", false)]
    [InlineData("registry:local/app", false)]
    public void Only_the_tag_says_that_an_image_is_never_pulled(string reference, bool isLocal) =>
        Assert.Equal(isLocal, ImageReference.IsLocal(reference));
}
