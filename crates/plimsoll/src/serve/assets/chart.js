(function(){
"use strict";
// Zooms the chart of a measure: drag over it, or use the buttons; the address follows, so that every view can be shared.
var zoom=document.querySelector(".zoom");if(!zoom)return;
var lens=zoom.querySelector(".lens"),start=null,DAY=864e5;
var first=Date.parse(zoom.dataset.first),last=Date.parse(zoom.dataset.last),from=Date.parse(zoom.dataset.from),to=Date.parse(zoom.dataset.to);
function text(t){return new Date(t).toISOString().slice(0,10)}
function plot(){
  // The plot's own box: its grid lines begin and end where the axis does.
  var svg=Array.prototype.find.call(zoom.querySelectorAll("svg.plot"),function(s){return s.getBoundingClientRect().width>0});
  var line=svg&&svg.querySelector(".grid,.zero");
  if(!line)return null;
  var l=line.getBoundingClientRect();
  return{left:l.left+2,width:Math.max(1,l.width-2),box:svg.getBoundingClientRect()};
}
function show(a,b){
  if(a>b){var c=a;a=b;b=c}
  if(b-a<5*DAY){var m=(a+b)/2;a=m-3*DAY;b=m+3*DAY}
  a=Math.max(first,a);b=Math.min(last,b);
  var u=new URL(location.href);
  if(a<=first&&b>=last){u.searchParams.delete("view")}else{u.searchParams.set("view",text(a)+".."+text(b))}
  zoom.setAttribute("aria-busy","true");
  fetch(u,{}).then(function(r){if(!r.ok)throw 0;return r.text()}).then(function(html){
    var doc=new DOMParser().parseFromString(html,"text/html"),next=doc.querySelector(".zoom");
    if(!next)throw 0;
    zoom.querySelector(".picture").replaceWith(next.querySelector(".picture"));
    ["from","to"].forEach(function(k){zoom.dataset[k]=next.dataset[k]});
    from=Date.parse(zoom.dataset.from);to=Date.parse(zoom.dataset.to);
    history.replaceState(null,"",u);
    zoom.removeAttribute("aria-busy");
  }).catch(function(){location.href=u});
}
zoom.addEventListener("pointerdown",function(e){
  if(e.button!==0||e.target.closest("details,a"))return;
  var p=plot();if(!p)return;
  if(e.clientY<p.box.top||e.clientY>p.box.bottom||e.clientX<p.left||e.clientX>p.left+p.width)return;
  start={x:e.clientX,p:p};
  if(e.pointerType==="mouse")e.preventDefault();
});
addEventListener("pointermove",function(e){
  if(!start)return;
  var o=zoom.getBoundingClientRect(),x=Math.min(start.p.left+start.p.width,Math.max(start.p.left,e.clientX));
  lens.hidden=false;lens.style.left=Math.min(start.x,x)-o.left+"px";lens.style.width=Math.abs(x-start.x)+"px";
});
function at(x,p){return from+(to-from)*Math.min(1,Math.max(0,(x-p.left)/p.width))}
addEventListener("pointerup",function(e){
  if(!start)return;
  var s=start;start=null;lens.hidden=true;
  if(Math.abs(e.clientX-s.x)>8)show(at(s.x,s.p),at(e.clientX,s.p));
});
addEventListener("pointercancel",function(){start=null;lens.hidden=true});
var acts={
  "in":function(){var q=(to-from)/4;show(from+q,to-q)},
  out:function(){var q=(to-from)/2;show(from-q,to+q)},
  back:function(){var q=Math.min((to-from)/2,from-first);show(from-q,to-q)},
  on:function(){var q=Math.min((to-from)/2,last-to);show(from+q,to+q)},
  all:function(){show(first,last)}
};
document.querySelectorAll(".zoomers button").forEach(function(b){b.addEventListener("click",acts[b.dataset.act])});
})();
